"""How alarms are spoken of: kinds, places, answers and times in words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from clients.python import Alarm, AnswerWord, GivenAnswer, HubLineError, HubUnreachable, Refused, TokenRefused

from .groups import Group
from .hotkey import HotKey, NoKey
from .texts import Texts
from .view import Press, Ready, View

KINDS = ("alarm", "assist", "silent", "watch")


def kind_word(alarm: Alarm, t: Texts) -> str:
    words = {"alarm": t("ALARM"), "assist": t("Assist"), "silent": t("Silent alarm"), "watch": t("Watch")}
    return words.get(alarm["kind"], alarm["kind"])


def kind_icon(alarm: Alarm) -> str:
    return alarm["kind"] if alarm["kind"] in KINDS else "other"


def answer_label(answer: AnswerWord, t: Texts) -> str:
    """What stands on the button that gives this answer."""
    return {"coming": t("I am coming"), "arrived": t("I am there"), "cannot": t("I cannot")}[answer]


def place_word(alarm: Alarm, t: Texts) -> str:
    return alarm.get("place_name") or alarm.get("unit_name") or t("Unknown place")


def unit_word(alarm: Alarm) -> str:
    """The unit, when the place does not already say it."""
    return (alarm.get("unit_name") or "") if alarm.get("place_name") else ""


def raiser(alarm: Alarm) -> str:
    return alarm.get("raised_by_name") or alarm["raised_by"]


def headline(group: Group, t: Texts) -> str:
    """ØVELSE · ALARM · Stue 3."""
    drill = [t("DRILL")] if group.drill else []
    return " · ".join([*drill, kind_word(group.gravest, t), ", ".join(place_word(one, t) for one in group.alarms)])


def advice(alarm: Alarm, t: Texts) -> str:
    if alarm.get("lone"):
        name = raiser(alarm)
        return t("{name} was alone and gave no sign of life in time: call {name}, and go there.", name=name)
    known = {
        "silent": t("Silent alarm: go in calmly, and do not say that help was called."),
        "watch": t("Keep an eye: look in, or stay near."),
    }
    return known.get(alarm["kind"], "")


def answers_word(answers: Sequence[GivenAnswer], answer: AnswerWord, t: Texts) -> str:
    """Mette er på vej: everybody who gave this answer, or nothing."""
    who = [one.get("name") or one["person"] for one in answers if one["answer"] == answer]
    names = t.names(who)
    words = {
        "coming": t("On the way: {names}", names=names),
        "arrived": t("Has arrived: {names}", names=names),
        "cannot": t("Cannot come: {names}", names=names),
    }
    return words[answer] if who else ""


def clock(moment: str) -> str:
    """12.01.07, as this PC's own clock and time zone have it."""
    return f"{datetime.fromisoformat(moment).astimezone():%H.%M.%S}"


def elapsed(moment: str) -> str:
    """How long ago, as 0:34 or 1:02:34."""
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()))
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def refusal(problem: HubLineError, t: Texts) -> str:
    """What went wrong, in a sentence for the person."""
    match problem:
        case Refused():
            return _refusals(t).get(problem.code, problem.detail)
        case TokenRefused():
            return t("The hub does not know this computer: enrol it again.")
        case HubUnreachable():
            return t("The hub does not answer. Check the network and try again.")
    return str(problem)


def _refusals(t: Texts) -> dict[str, str]:
    return {
        "forbidden": t("You do not have the right to do this."),
        "not_found": t("The alarm does not exist, or it is not for you."),
        "closed": t("The alarm has already had its all clear."),
        "stale": t("The alarm changed while you looked at it. Look again and repeat."),
        "wrong_pin": t("The PIN is wrong."),
        "pin_required": t("Write your PIN to withdraw the alarm."),
        "too_many_tries": t("Too many tries. Wait a moment and try again."),
    }


def keys_word(why: NoKey | None, key: HotKey, file: Path, t: Texts) -> str:
    """What the hot key does, or why there is none."""
    match why:
        case None:
            return t("{key} raises an alarm, wherever you are working.", key=key)
        case NoKey.TAKEN:
            return t("Another program uses {key}: choose other keys in {file}.", key=key, file=file)
        case NoKey.MISSING:
            return t("This keyboard has no {key}: choose other keys in {file}.", key=key, file=file)
        case NoKey.DECLINED:
            return t("{key} was declined: allow it in the system's settings for shortcuts.", key=key)
        case NoKey.UNSUPPORTED:
            return t("This session gives no program a hot key: use the button in this window.")


def ready_word(view: View, t: Texts) -> str:
    """One sentence on whether help would come."""
    if view.unknown_here:
        return t("The hub does not know this computer: enrol it again.")
    return {
        Ready.CONNECTING: t("Connecting…"),
        Ready.DOWN: t("No connection – you can NOT receive alarms"),
        Ready.UNKNOWN: t("Who can hear the alarm is not known right now"),
        Ready.NOBODY: t("NOBODY can hear the alarm here now"),
        Ready.FEW: t("Only {n} can hear the alarm now", n=view.hearing),
        Ready.ENOUGH: t("{n} can hear the alarm now", n=view.hearing),
    }[view.ready]


def rungs(press: Press, t: Texts) -> Iterator[tuple[str, bool]]:
    """How far an own alarm has come: each rung and whether it is reached."""
    alarm = press.alarm
    if alarm is None:
        yield t("Sending…"), False
        return
    coming, arrived = (answers_word(alarm["answers"], word, t) for word in ("coming", "arrived"))
    heard = max(len(press.heard), alarm.get("deliveries", {}).get("received", 0))
    yield t("Received {time}", time=clock(alarm["raised_at"])), True
    yield " · ".join(filter(None, [t("Heard by {n}", n=heard), t.names([*press.heard])])), heard > 0
    yield coming or t("Somebody is coming"), bool(coming or arrived)
    yield arrived or t("Somebody is there"), bool(arrived)
    if alarm["state"] == "withdrawn":
        yield t("Withdrawn"), True
    yield t("All clear"), alarm["state"] == "resolved"


def loud(press: Press, view: View, t: Texts) -> str:
    """What the one who pressed must not miss."""
    if press.refused:
        return t("The alarm was NOT received: {why}", why=press.refused)
    if press.alarm is None:
        trying = press.late or view.ready is Ready.DOWN
        return t("The alarm has NOT been received yet. Trying again and again.") if trying else ""
    if press.alarm["state"] in {"resolved", "withdrawn"} or press.kind == "watch":
        return ""
    if view.ready is Ready.DOWN:
        return t("No connection: you cannot see here whether somebody is coming. The alarm itself is with the hub.")
    if not press.alarm.get("told"):
        return t("There was nobody to tell.")
    unheard = not press.heard and not press.alarm["answers"] and press.late
    return t("Nobody has heard the alarm yet.") if unheard else ""
