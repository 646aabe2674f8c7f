/**
 * Brings the image of a session up to date with inputs that changed: resolves names again, places what is new, writes the
 * objects that were read, and of others the places that refer to what moved. Bytes that come out as they were are not
 * written.
 */

import { SHF } from "../../elf/shdr.js";
import type { ImageBytes } from "../../image/image-bytes.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { type ContentsCounts, ContentsUpdate } from "./contents-update.js";
import type { InputChanges } from "./input-changes.js";
import { type LinkSession, stackOf } from "./link-session.js";
import { requireSameKinds } from "./name-before.js";
import { resizeMade, updateHeaders, writeMade } from "./own-sections.js";
import { PlaceAgain } from "./place-again.js";
import { ResolveAgain } from "./resolve-again.js";
import { settleAddresses } from "./settle-addresses.js";
import { writeSymbols } from "./symbols-update.js";

export interface UpdateCounts extends ContentsCounts {
  /** Objects that were read because they, or groups in them, changed. */
  objects: number;
  /** Symbols that have another address. */
  moved: number;
}

export class ObjectUpdate {
  readonly counts: UpdateCounts = { objects: 0, others: 0, sections: 0, changed: 0, moved: 0 };
  readonly #session: LinkSession;
  readonly #image: ImageBytes;
  readonly #contents: ContentsUpdate;

  constructor(session: LinkSession, image: ImageBytes) {
    this.#session = session;
    this.#image = image;
    this.#contents = new ContentsUpdate(session, image, this.counts);
  }

  /** Throws NeedsFullLink, after which the session is of no use. Nothing has been written to a file then. */
  apply({ changed, removed }: InputChanges): void {
    const { link } = this.#session;
    const resolved = new ResolveAgain(this.#session);
    resolved.apply(changed, removed);
    requireSameKinds(link.globals, resolved.names);
    const { attached, detached } = resolved;
    this.counts.objects = attached.size;
    for (const object of attached.keys()) this.#enliven(object);
    this.#requireSameNotes(resolved);
    for (const object of attached.keys()) {
      const base = link.table.sectionBase[object]!;
      for (let section = base + 1; section < base + link.table.shnum[object]!; section++)
        if (link.ehFrame.has(section)) link.ehFrame.layoutApart(section);
    }
    const places = new PlaceAgain(this.#session);
    places.apply(attached, detached);
    this.#scan(attached);
    this.#contents.fill(places);
    resizeMade(this.#session);
    this.#placeOutputs();
    const moved = settleAddresses(this.#session, resolved, places.moved);
    this.counts.moved = moved.size;
    this.#contents.write(attached, places.moved, moved, resolved);
    writeSymbols(this.#session, this.#image, resolved, places.moved, moved);
    writeMade(this.#session, this.#image);
    // .eh_frame_hdr has its size now.
    this.#placeOutputs();
    updateHeaders(this.#session, this.#image);
  }

  /** Chooses the sections of an object that are linked. */
  #enliven(object: number): void {
    const { link } = this.#session;
    const { liveness } = link;
    const [stack, silent] = [liveness.executableStack, liveness.silent.length];
    liveness.executableStack = false;
    liveness.properties.length = 0;
    liveness.addObject(object);
    this.#session.stacks[object] = stackOf(liveness.executableStack, liveness.silent.length > silent);
    liveness.executableStack = stack;
    liveness.silent.length = silent;
    const [property] = liveness.properties;
    this.#session.noteProperty(object, property);
  }

  /** What all objects have in common of properties, and of their stacks, must be what it was. */
  #requireSameNotes(resolved: ResolveAgain): void {
    const { properties, stacks } = this.#session;
    const kinds = (objects: Iterable<number>, of: Int32Array): string =>
      [...new Set([...objects].map((object) => of[object]!))].sort().join();
    const { objects } = this.#session.link;
    const before = [...objects.filter((object) => !resolved.attached.has(object)), ...resolved.detached];
    if (kinds(before, properties) !== kinds(objects, properties))
      throw new NeedsFullLink("an object has other properties (.note.gnu.property)");
    if (kinds(before, stacks) !== kinds(objects, stacks))
      throw new NeedsFullLink("an object asks for another kind of stack");
  }

  #scan(attached: ReadonlyMap<number, number>): void {
    const { scan, globals, table } = this.#session.link;
    const [got, tpoff, needsGot] = [scan.got.count, scan.gotTpoff.count, scan.needsGot];
    scan.undefined.length = 0;
    for (const object of attached.keys()) scan.addObject(object, this.#session.link.outputs.list);
    const [missing] = scan.undefined;
    if (missing !== undefined && this.#session.link.options.unresolved === "error")
      throw new NeedsFullLink(`"${globals.names.text(missing.name)}" is not defined`);
    if (scan.got.count !== got || scan.gotTpoff.count !== tpoff || scan.needsGot !== needsGot)
      throw new NeedsFullLink("the global offset table needs other entries");
    for (const { name, symbol } of scan.plt.keys) {
      const isGone = name === -1 && table.linked[this.#session.link.symtab.objectOf(symbol)] !== 1;
      if (isGone) throw new NeedsFullLink("an IFUNC is no longer linked");
    }
    for (const entries of [scan.got, scan.gotTpoff])
      for (const { name, symbol } of entries.keys)
        if (name === -1 && table.linked[this.#session.link.symtab.objectOf(symbol)] !== 1)
          throw new NeedsFullLink("an entry of the global offset table is no longer needed");
  }

  /** Sizes changed, places did not. */
  #placeOutputs(): void {
    const { link } = this.#session;
    const before = link.order.map(({ address, offset }) => [address, offset]);
    link.placeSections();
    const isSame = link.order.every(
      ({ flags, address, offset }, i) =>
        (flags & SHF.ALLOC) === 0 || (address === before[i]![0] && offset === before[i]![1]),
    );
    if (!isSame) throw new NeedsFullLink("sections would move");
  }
}
