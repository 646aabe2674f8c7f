/**
 * Virtual allocation: the addresses of segments, reserved apart from their place in the file. A segment that moves or
 * grows in the file keeps its addresses as long as it stays within what it reserved, and no relocation has to be
 * applied again; the seed derives addresses from file offsets instead, and every move moves all that is below it
 * (defect 16).
 *
 * Addresses count from the image base. The one bond between address and file offset that loaders ask for is that they
 * agree modulo the page (gABI, "Program Loading").
 */

import { assert } from "../memory/invariant.js";

/** What a session on disk keeps of it. */
export interface SavedAddresses {
  readonly end: number;
  readonly reservations: readonly (readonly [node: number, Reservation])[];
}

interface Reservation {
  readonly address: number;
  /** The multiple in which address and file offset agree: a page, or the segment's alignment. */
  readonly page: number;
  /** First address behind it. */
  end: number;
}

export class AddressSpace {
  readonly #reservations: Map<number, Reservation>;
  #end: number;

  constructor(saved?: SavedAddresses) {
    this.#reservations = new Map(saved?.reservations.map(([node, reservation]) => [node, { ...reservation }]));
    this.#end = saved?.end ?? 0;
  }

  get state(): SavedAddresses {
    return { end: this.#end, reservations: [...this.#reservations] };
  }

  /**
   * Reserves addresses for `node`, whose file offset is `offset`, behind all others and at least a page boundary further
   * on, so that no page has two permissions. `room` bytes, for the segment and what it may become.
   */
  reserve(node: number, offset: number, page: number, room: number): number {
    assert(!this.#reservations.has(node), "a segment reserves addresses once");
    const rest = this.#end % page;
    const address = this.#end + (rest === 0 ? 0 : page - rest) + (offset % page);
    this.#end = address + room;
    this.#reservations.set(node, { address, page, end: this.#end });
    return address;
  }

  address(node: number): number {
    return this.#of(node).address;
  }

  /** Whether `node` may take `size` bytes of memory where it is: within its room, or nothing behind it. */
  holds(node: number, size: number): boolean {
    const reservation = this.#of(node);
    return reservation.address + size <= reservation.end || reservation.end === this.#end;
  }

  /** Makes the room of `node` at least `size` bytes; there must be nothing behind it that is in the way. */
  extend(node: number, size: number): void {
    assert(this.holds(node, size), "a segment has outgrown the addresses it reserved");
    const reservation = this.#of(node);
    if (reservation.address + size <= reservation.end) return;
    reservation.end = reservation.address + size;
    this.#end = reservation.end;
  }

  /** Whether `node` can be mapped from file offset `offset` without a new address. */
  fitsOffset(node: number, offset: number): boolean {
    const { address, page } = this.#of(node);
    return address % page === offset % page;
  }

  #of(node: number): Reservation {
    const reservation = this.#reservations.get(node);
    assert(reservation !== undefined, "the node has no addresses reserved");
    return reservation;
  }
}
