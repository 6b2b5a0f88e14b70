/** An administration page needs no script; with one it goes on receiving alarms. */

import { start } from "./shell.js";

start();
