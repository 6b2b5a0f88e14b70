"""What a device knows: the open alarms, and how far in the hub's journal it has come."""

from .wire import Alarm, Frame


def alarms_in(frame: Frame) -> list[Alarm]:
    """The alarms that a frame tells of."""
    match frame.get("type"):
        case "snapshot":
            return list(frame["alarms"])
        case "alarm":
            return [frame["alarm"]]
    return []


class Picture:
    """The open alarms as of `cursor`, made from a snapshot and the frames after it."""

    def __init__(self, cursor: int | None = None) -> None:
        self.cursor = cursor
        self.alarms: dict[str, Alarm] = {}
        self._first: Frame = {}

    def take(self, frame: Frame) -> bool:
        """Brings the picture up to date; False for a frame that was here before."""
        match frame.get("type"):
            case "snapshot":
                self._first = frame
                self.cursor = frame["cursor"]
                self.alarms = {alarm["id"]: alarm for alarm in frame["alarms"]}
                return True
            case "accepted":
                self.keep(frame["alarm"])
                return True
        at = frame.get("cursor")
        if at is not None:
            if self.cursor is not None and at <= self.cursor:
                return False
            self.cursor = at
        if frame.get("type") == "alarm":
            self.keep(frame["alarm"])
        return True

    def snapshot(self) -> Frame:
        """The picture as one frame, as the hub would send it now."""
        return {**self._first, "type": "snapshot", "cursor": self.cursor, "alarms": list(self.alarms.values())}

    def keep(self, alarm: Alarm) -> None:
        """Holds the alarm as it now stands, unless a newer version is held already."""
        known = self.alarms.get(alarm["id"])
        if known is not None and known["version"] > alarm["version"]:
            return
        if alarm["state"] == "resolved":
            self.alarms.pop(alarm["id"], None)
        else:
            self.alarms[alarm["id"]] = alarm
