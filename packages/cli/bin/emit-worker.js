// The entry of a pool thread of the command: its bundle. (Of the library's pool it is @manifold/workers' own.)
"use strict";

const { openBundle } = require("./manifold.js");

const bundle = openBundle("emit-worker", { chosen: true });
const { work } = bundle.exports;

module.exports = async (task) => {
  const report = await work(task);
  // The last of the shifts: by now the thread has run what there is. It may be ended as soon as this is reported.
  if (task.leads && task.work.kind === "apply") bundle.keep();
  return report;
};
