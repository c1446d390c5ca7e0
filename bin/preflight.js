// Guards the npm scripts: ends with the remedy when they would run on a Node that is too old.
"use strict";

const { isNewEnough, remedy } = require("./runtime.js");

if (!isNewEnough()) {
  process.stderr.write(remedy());
  process.exitCode = 1;
}
