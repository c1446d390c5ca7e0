// Guards the start: plain JavaScript that old versions of Node can read, so that they can say what is missing.
"use strict";

const fs = require("fs");
const path = require("path");

const ROOT = path.join(__dirname, "..");
const MAJOR_MIN = 24;
const PINNED = path.join(ROOT, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
/** The sources are only in a clone of the repository; the published package has them compiled. */
const IN_CLONE = fs.existsSync(path.join(ROOT, "src"));

function isNewEnough() {
  return Number(process.versions.node.split(".")[0]) >= MAJOR_MIN;
}

function hasPinned() {
  return IN_CLONE && fs.existsSync(PINNED);
}

/** What to do about a Node that is too old, for the person at the terminal. */
function remedy() {
  const lines = ["portcullis needs Node.js " + MAJOR_MIN + " or newer; this is " + process.version + "."];
  if (!IN_CLONE) {
    lines.push(
      "Install Node.js " + MAJOR_MIN + " (https://nodejs.org/), or put it first in PATH, and try again;",
      "or give this project its own, which npx finds: npm install node@" + MAJOR_MIN,
    );
  } else if (!fs.existsSync(path.join(ROOT, "node_modules"))) {
    lines.push("This repository brings its own: run `npm ci` here, and try again.");
  } else if (!fs.existsSync(PINNED)) {
    lines.push(
      "This repository brings its own, but its install script did not run (npm's `ignore-scripts`).",
      "Run `npm ci --ignore-scripts=false` here, or install Node.js " + MAJOR_MIN + " yourself, and try again.",
    );
  } else {
    lines.push("This repository brings its own: start it with `npm start`, `npm test` or `npx portcullis`.");
  }
  return lines.join("\n") + "\n";
}

module.exports = { ROOT, PINNED, IN_CLONE, isNewEnough, hasPinned, remedy };
