/**
 * The alarms this screen knows of. Frames may come twice or late; the version decides which is newest.
 *
 * It tells of "change" (detail: the alarm, or null after a snapshot).
 *
 * @typedef {import("../../frames.js").AlarmShown} Alarm
 * @typedef {import("../../frames.js").AnswerShown} Answer
 * @typedef {import("../../frames.js").SentPosition} Position
 * @typedef {{key: string, alarms: Alarm[]}} Group alarms that are one event, first pressed first
 */

const WEIGHT = { alarm: 0, silent: 0, assist: 1, watch: 2 };

export class Alarms extends EventTarget {
  /** @type {Map<string, Alarm>} */
  #known = new Map();

  /** Starts over from what the hub says is open; returns those that were open here and are not there. @param {Alarm[]} open */
  reset(open) {
    const named = new Set(open.map((alarm) => alarm.id));
    const gone = this.all().filter((alarm) => isOpen(alarm) && !named.has(alarm.id));
    for (const alarm of gone) this.#known.set(alarm.id, { ...alarm, state: "resolved" });
    for (const alarm of open) this.#keep(alarm);
    this.dispatchEvent(new CustomEvent("change", { detail: null }));
    return gone;
  }

  /** Takes in one alarm; an older version of what is known changes nothing. @param {Alarm} alarm */
  apply(alarm) {
    if (this.#keep(alarm)) this.dispatchEvent(new CustomEvent("change", { detail: alarm }));
  }

  /** Takes in where the raiser of an alarm is by now. @param {string} id @param {Position} position */
  locate(id, position) {
    const alarm = this.#known.get(id);
    if (alarm) this.apply({ ...alarm, position });
  }

  /** There is news of an alarm that is no part of it. @param {string} id */
  beside(id) {
    const alarm = this.#known.get(id);
    if (alarm) this.dispatchEvent(new CustomEvent("change", { detail: alarm }));
  }

  /** @param {string} id */
  get(id) {
    return this.#known.get(id);
  }

  /** @returns {Alarm[]} */
  all() {
    return [...this.#known.values()];
  }

  /** @param {Alarm} alarm */
  #keep(alarm) {
    const before = this.#known.get(alarm.id);
    if (before && before.version > alarm.version) return false;
    this.#known.set(alarm.id, alarm);
    return true;
  }
}

/** The smaller, the graver; a drill is less than anything real. @param {Alarm} alarm */
export function weight(alarm) {
  return (WEIGHT[alarm.kind] ?? 1) + (alarm.drill ? 10 : 0);
}

/** @param {Alarm} alarm */
export function isOpen(alarm) {
  return alarm.state !== "resolved";
}

/** What `person` has answered to an alarm, if anything. @param {Alarm} alarm @param {string} person */
export function answerOf(alarm, person) {
  return alarm.answers.find((answer) => answer.person === person)?.answer;
}

/**
 * Alarms that were pressed at once are one event; the gravest and newest event comes first.
 * @param {Alarm[]} alarms
 * @returns {Group[]}
 */
export function grouped(alarms) {
  /** @type {Map<string, Alarm[]>} */
  const groups = new Map();
  for (const alarm of [...alarms].sort((a, b) => a.raised_at.localeCompare(b.raised_at))) {
    const key = alarm.linked_to ?? alarm.id;
    groups.set(key, [...(groups.get(key) ?? []), alarm]);
  }
  const rank = (/** @type {Group} */ group) => Math.min(...group.alarms.map((alarm) => WEIGHT[alarm.kind] ?? 1) ) + (group.alarms.every((alarm) => alarm.drill) ? 10 : 0);
  return [...groups]
    .map(([key, members]) => ({ key, alarms: members }))
    .sort((a, b) => rank(a) - rank(b) || b.alarms[0].raised_at.localeCompare(a.alarms[0].raised_at));
}

/** The gravest alarm of a group: it gives the group its colour and word. @param {Group} group */
export function gravest(group) {
  return [...group.alarms].sort((a, b) => weight(a) - weight(b))[0];
}

/** Everybody's answers to a group, one a person. @param {Group} group @returns {Answer[]} */
export function answers(group) {
  /** @type {Map<string, Answer>} */
  const newest = new Map();
  for (const alarm of group.alarms) {
    for (const answer of alarm.answers) {
      const before = newest.get(answer.person);
      if (!before || before.at < answer.at) newest.set(answer.person, answer);
    }
  }
  return [...newest.values()];
}

/** One colleague's "I am coming" must not make everybody else's screen fall silent, only calmer. @param {Group} group @returns {import("./sound.js").Cry} */
export function cryFor(group) {
  if (group.alarms.every((alarm) => alarm.state !== "raised")) return "nudge";
  return /** @type {const} */ ({ alarm: "siren", silent: "siren", watch: "chime" })[gravest(group).kind] ?? "call";
}

/** Whether it happens where residents are not to be woken. @param {Group} group */
export function isQuiet(group) {
  return group.alarms.every((alarm) => alarm.quiet);
}
