/**
 * What goes over the live line, as types for whoever writes a page: made from the hub's own models by
 * `python -m hub.web.jsdoc`, and never changed by hand. No browser fetches it.
 */
export {};

/** @typedef {{type: "accepted", id: string, alarm: AlarmShown, warnings?: Array<string> | null}} AcceptedFrame */

/** The person takes an urgent message upon them. @typedef {{type: "acknowledge", conversation: string, number: number}} AcknowledgeFrame */

/** @typedef {{person: string, name: string, at: string}} AcknowledgedBy */

/** @typedef {{type: "alarm", cursor: number, event: "raised" | "answered" | "escalated" | "resolved" | "withdrawn", alarm: AlarmShown}} AlarmFrame */

/** An alarm as the caller may see it. @typedef {{id: string, institution: string, unit: string | null, unit_name: string | null, place?: string | null, place_name?: string | null, kind: string, drill: boolean, state: hub__alarms__alarm__State, version: number, step: number, card?: CardShown | null, quiet?: boolean | null, raised_by: string, raised_by_name: string | null, raised_at: string, pressed_at?: string | null, escalates_at?: string | null, answers: Array<AnswerShown>, told: number, deliveries: Deliveries, note?: string | null, position?: SentPosition | null, linked_to?: string | null, lone?: string | null, outcome?: Outcome | null, false_because?: FalseBecause | null, resolved_by?: string | null, resolved_at?: string | null, resolved_note?: string | null}} AlarmShown */

/** @typedef {{answer: Said, as_of: number, type: "answer", alarm: string}} AnswerFrame */

/** @typedef {{person: string, name: string | null, answer: Said, at: string}} AnswerShown */

/** A file that goes with a message. @typedef {{id: string, name: string, kind: string, size: number}} AttachmentShown */

/** @typedef {{type: "beat", battery?: number | null, charging?: boolean | null, sound?: "on" | "muted" | null, visible?: boolean | null}} BeatFrame */

/** What the unit has written that one does at this kind of alarm, and which version of it that is. @typedef {{version: number, text: string}} CardShown */

/** How far a message has come to a party outside, and why it was withheld. @typedef {{outside: string, state: "waiting" | "sent" | "delivered" | "withheld" | "refused", why: string | null}} CarriedShown */

/** @typedef {{sent: number, received: number, shown: number, failed: number}} Deliveries */

/** What happens in a session's life. @typedef {"started" | "reminder" | "grace" | "extended" | "checked_in" | "alarmed" | "ended"} Event */

/** Why an alarm was false, for those who want to say so: nobody must. @typedef {"mistake" | "fault" | "misunderstanding" | "tried"} FalseBecause */

/** @typedef {{person: string, name: string | null, stage: "received" | "shown"}} HeardBy */

/** To the raiser's own sockets: who has heard the alarm by now. @typedef {{type: "heard", alarm: string, deliveries: Deliveries, by: Array<HeardBy>}} HeardFrame */

/** @typedef {{type: "hello", cursor: number | null, client: string}} HelloFrame */

/** @typedef {"full" | "partly" | "not"} Level */

/** To the person's own sockets: what became of their time alone. @typedef {{type: "lone", event: Event, session: LoneShown}} LoneFrame */

/** A lone worker's session; the position is shown to the person alone. @typedef {{id: string, person: string, person_name: string | null, unit: string | null, unit_name: string | null, place?: string | null, place_name?: string | null, purpose?: string | null, state: hub__lone__session__State, version: number, minutes: number, grace: number, starts: string, alive_at: string, reminds_at: string, ends_at: string, alarms_at: string, ended_at?: string | null, alarm?: string | null, position?: SentPosition | null}} LoneShown */

/** To those who may read it: a message of theirs is new, added to, waits for them, or somebody has it. Whoever wrote it is told, too, how far it has come to a party outside. @typedef {{type: "message", cursor: number, event: "sent" | "changed" | "called" | "acknowledged" | "carried" | "read", conversation: string, message: MessageShown, waiting: Array<string>, carried?: CarriedShown | null, read_by?: ReadBy | null}} MessageFrame */

/** A message as one who may read it sees it. @typedef {{number: number, id: string, author: string, author_name: string, at: string, text: string, urgent: boolean, mentions: Array<string>, attachments: Array<AttachmentShown>, acknowledged: Array<AcknowledgedBy>, replies_to?: number | null, amends?: number | null, meeting?: Record<string, string> | null}} MessageShown */

/** @typedef {{person: string, name: string | null, duty: string}} OnDutyShown */

/** @typedef {"real" | "false" | "test"} Outcome */

/** Where the raiser of an open alarm is by now. @typedef {{type: "position", alarm: string, position: SentPosition}} PositionFrame */

/** To the person's own sockets: their shift has begun, and they are to hear and tap this; or they have. @typedef {{type: "proof", id: string, state: "asked" | "proven", times: number}} ProofAskedFrame */

/** The person has heard the test of their shift, and tapped it. @typedef {{type: "proof", id: string}} ProofFrame */

/** @typedef {{id: string, kind: string, place?: string | null, pressed_at?: string | null, note?: string | null, position?: SentPosition | null, drill?: boolean, type: "raise"}} RaiseFrame */

/** @typedef {{type: "reach", unit: string, reachable: number, on_duty: number, minimum: number, people: Array<string>, who: Array<ReachOf>}} ReachFrame */

/** How one person on duty stands, why, and what to do about it. @typedef {{person: string, name: string | null, duty: string, reach: Level, reason: Reason, advice: string}} ReachOf */

/** To a unit's screens, those on duty in it and its shift leads: too few would hear an alarm, or enough again. @typedef {{type: "warning", code: "reach_low" | "reach_restored", unit: string, unit_name: string, reachable: number, minimum: number}} ReachWarningFrame */

/** Who has read up to the message now. @typedef {{person: string, name: string}} ReadBy */

/** The person has the conversation in front of them, up to this message. @typedef {{type: "read", conversation: string, number: number}} ReadFrame */

/** Why somebody counts as they do; each is a sentence in the catalogue. @typedef {"ok" | "muted" | "battery" | "not_proven" | "push_only" | "push_unproven" | "silent" | "not_connected"} Reason */

/** @typedef {{type: "receipt", alarm: string, stage: "received" | "shown"}} ReceiptFrame */

/** @typedef {{type: "refused", code: string, detail: string, re?: string | null, alarm?: AlarmShown | null, lone?: LoneShown | null, retry_after?: number | null}} RefusedFrame */

/** @typedef {{as_of: number, outcome: Outcome, note?: string | null, false_because?: FalseBecause | null, type: "resolve", alarm: string}} ResolveFrame */

/** @typedef {{type: "resync"}} ResyncFrame */

/** What is known where an open alarm is has changed: whoever shows it asks anew, and is told what is theirs. @typedef {{type: "risks", alarm: string}} RisksFrame */

/** What a person who was told can answer. @typedef {"coming" | "arrived" | "cannot"} Said */

/** Answered with the message's own frame, which comes to the one who wrote it too. @typedef {{id: string, text: string, replies_to?: number | null, amends?: number | null, urgent?: boolean, attachments?: Array<string>, type: "say", conversation: string}} SayFrame */

/** @typedef {{lat: number, lon: number, accuracy_m: number}} SentPosition */

/** @typedef {{type: "snapshot", cursor: number, alarms: Array<AlarmShown>, duty: Record<string, Array<OnDutyShown>>, unread: number, unread_in: Array<string>, urgent: Array<UrgentShown>, lone: LoneShown | null, proof: ProofAskedFrame | null, warnings: Array<ReachWarningFrame | UnwellFrame>}} SnapshotFrame */

/** To every screen: what keeps the hub from doing its job; nothing once it can again. @typedef {{type: "warning", code: "hub_unwell", faults: Array<string>}} UnwellFrame */

/** An urgent message that waits for the reader's word. @typedef {{conversation: string, message: MessageShown}} UrgentShown */

/** To a person's own sockets and the shift leads': a browser of theirs is lost to push. @typedef {{type: "warning", code: "push_lost", person: string, name: string | null}} WarningFrame */

/** @typedef {{as_of: number, pin?: string | null, type: "withdraw", alarm: string}} WithdrawFrame */

/** @typedef {"raised" | "acknowledged" | "withdrawn" | "resolved"} hub__alarms__alarm__State */

/** @typedef {"running" | "reminded" | "overdue" | "alarmed" | "ended"} hub__lone__session__State */

/** @typedef {SnapshotFrame | AcceptedFrame | AlarmFrame | MessageFrame | HeardFrame | LoneFrame | PositionFrame | RisksFrame | ProofAskedFrame | ReachFrame | ReachWarningFrame | UnwellFrame | WarningFrame | RefusedFrame | ResyncFrame} FromHub */

/** @typedef {AcknowledgeFrame | AnswerFrame | BeatFrame | HelloFrame | ProofFrame | RaiseFrame | ReadFrame | ReceiptFrame | ResolveFrame | SayFrame | WithdrawFrame} FromClient */
