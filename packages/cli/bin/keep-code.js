// Keeps the code that V8 has made of a script while it ran, for later runs. What cannot be written is left: nobody waits
// for it, and the next run tries again.
"use strict";

const { mkdirSync, renameSync, unlinkSync, writeFileSync } = require("node:fs");
const { dirname } = require("node:path");
const { HEADER, MAGIC, placesOf, Word } = require("./manifold.js");

/** `run` tells how many runs have added to it. */
function keepCode(script, file, id, run) {
  const places = placesOf(file, id);
  if (places.length === 0) return;
  const code = script.createCachedData();
  const half = Buffer.alloc(HEADER + code.length);
  half.writeInt32LE(MAGIC, Word.MAGIC * 4);
  half.writeInt32LE(run, Word.RUN * 4);
  half.writeInt32LE(code.length, Word.LENGTH * 4);
  half.latin1Write(id, Word.ID * 4);
  code.copy(half, HEADER);
  const bytes = Buffer.concat([half, half]);
  places.some((place) => replaced(place, bytes));
}

/** Others may be reading the file, or replace it too: it appears as a whole, and the last one stays. */
function replaced(place, bytes) {
  const temporary = `${place}.${process.pid}-${Date.now().toString(36)}`;
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, bytes, { flag: "wx", mode: 0o644 });
    renameSync(temporary, place);
    return true;
  } catch {
    remove(temporary);
    return false;
  }
}

function remove(path) {
  try {
    unlinkSync(path);
  } catch {
    // It need not be there.
  }
}

module.exports = { keepCode };
