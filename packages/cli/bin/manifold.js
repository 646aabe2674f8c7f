#!/usr/bin/env node
// The command. Node reads a script sooner than ES modules, and one large script sooner than many: this one, which is no ES
// module (see package.json beside it), runs the bundle of the sub-command that is called. Where there is no bundle, or an
// older one than the build, as between `tsc -b` and `npm run build` in a checkout, it loads the modules.
"use strict";

const { openBundle } = require("./run-bundle.js");

const COMMANDS = ["link", "watch", "ld", "import", "inspect"];

const args = process.argv.slice(2);
const bundle = openBundle(COMMANDS.includes(args[0]) ? args[0] : "overview", args.includes("--incremental"));
if (bundle === undefined) import("../dist/main.js").then(({ main }) => main(args)).then(end);
else
  bundle.exports.start(args).then((code) => {
    end(code);
    if (code === 0) bundle.keep();
  });

function end(code) {
  // A failure to write what was printed may have set another code already.
  if (code !== 0) process.exitCode = code;
}
