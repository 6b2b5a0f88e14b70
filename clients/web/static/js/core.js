/** What a press needs to reach the hub; one of each on a page, and there before everything else. */

import { Alarms } from "./alarms.js";
import { Line } from "./line.js";
import { Raising } from "./raising.js";

export const line = new Line();
export const alarms = new Alarms();
export const raising = new Raising(line, alarms);
