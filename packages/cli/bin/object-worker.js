// The entry of a thread that links objects for the command: its bundle. (The library's is @manifold/workers' own.)
"use strict";

const { workerData } = require("node:worker_threads");
const { openBundle } = require("./manifold.js");

const bundle = openBundle("object-worker", { chosen: true });

bundle.exports.serve(workerData, () => bundle.keep());
