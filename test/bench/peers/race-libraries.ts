/** Races on real libraries. */

import { nodeStarts, peer } from "../measure/commands.js";
import { oursOnObjects } from "../measure/ours.js";
import type { Suite } from "../measure/suite.js";
import { LIBRARIES, prepareLibrary } from "./libraries.js";
import type { Linker } from "./linkers.js";

export async function raceLibraries(
  suite: Suite,
  wanted: ReadonlySet<string>,
  linkers: readonly Linker[],
): Promise<void> {
  for (const library of LIBRARIES.filter(({ name }) => wanted.has(name)))
    await suite.withDirectory(library.name, async (directory) => {
      const prepared = prepareLibrary(library, directory);
      if ("missing" in prepared) {
        suite.tell(`${library.name}: left out, because ${prepared.missing}`);
        return;
      }
      const args = [`@${prepared.arguments}`];
      await suite.raceOnPlaces(library.name, 0, (course) => [
        ...nodeStarts(course),
        oursOnObjects(course, args, library.printed),
        ...linkers.map((linker) => peer(course, linker, args, library.printed)),
      ]);
    });
}
