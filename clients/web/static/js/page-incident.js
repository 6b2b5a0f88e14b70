/** Writing about an incident. */

import { keepDrafts } from "./draft.js";
import { start } from "./shell.js";

start();
keepDrafts();
