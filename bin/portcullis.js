#!/usr/bin/env node
// The command `portcullis`: finds a Node that is new enough, then hands over to the command line proper.
"use strict";

const { spawn } = require("child_process");
const path = require("path");
const v8 = require("v8");
const { pathToFileURL } = require("url");
const { ROOT, PINNED, IN_CLONE, isNewEnough, hasPinned, remedy } = require("./runtime.js");

if (isNewEnough()) run();
else if (hasPinned()) runOnPinned();
else {
  process.stderr.write(remedy());
  process.exitCode = 2;
}

function run() {
  // Until it serves: see src/cli/heap.ts.
  v8.setFlagsFromString("--semi-space-growth-factor=1");
  const main = IN_CLONE ? path.join(ROOT, "src", "cli", "main.ts") : path.join(ROOT, "dist", "cli", "main.js");
  import(pathToFileURL(main).href)
    .then((cli) => cli.main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    })
    .catch((error) => {
      process.stderr.write(String((error && error.stack) || error) + "\n");
      process.exitCode = 2;
    });
}

function runOnPinned() {
  const child = spawn(PINNED, [__filename].concat(process.argv.slice(2)), { stdio: "inherit" });
  // As src/cli/io.ts does for a process without this one before it.
  const parent = process.ppid;
  let isPassed = false;
  const pass = (signal) => {
    isPassed = true;
    child.kill(signal);
  };
  if (process.env.npm_lifecycle_event !== undefined) {
    const look = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(look);
      if (!isPassed) pass("SIGTERM");
    }, 250);
    look.unref();
  }
  process.on("SIGTERM", pass);
  process.on("SIGHUP", pass);
  // A terminal sends its interrupt to both processes: passed on, the child would take it for a second one.
  process.on("SIGINT", process.stdin.isTTY ? () => (isPassed = true) : pass);
  child.on("error", (error) => {
    process.stderr.write(String(error) + "\n");
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code === null ? 2 : code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
