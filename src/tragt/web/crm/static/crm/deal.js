// The page of a deal: its fields are changed where they stand, and after a move it is shown anew.

import "../people/facts.js";
import { whenDone } from "./asking.js";

whenDone((stages) => { if (stages.length) location.reload(); });
