/**
 * Makes a program of any number of functions that checks how it was linked: it computes a checksum that depends on
 * every function, data object and relocation, and exits 0 only if it is the one that is computed here.
 *
 * Functions have three levels, by their number modulo 6: half call nothing, a third call two of those, the rest call
 * two of the second level and one of the first. So calls form a DAG of depth three and each function runs about three
 * times: once through the tables of all functions, the rest through its callers. Calls and data references go mostly
 * to neighbours, one in four anywhere before (functions) or anywhere (data).
 */

import { Blob } from "./blob.js";
import { DataObjects, digest, OBJECTS_PER_BLOCK } from "./data-objects.js";
import { FunctionBody } from "./function-body.js";
import { Random } from "./random.js";
import type { Sink } from "./sink.js";
import {
  addToChecksum,
  appendListing,
  callDirectly,
  MESSAGE,
  NO_BASE,
  PRINT_AND_EXIT,
  RELOCATE_SELF,
  SET_THREAD_POINTER,
  THREAD_BLOCK_SIZE,
  WALK_TABLES,
} from "./start-code.js";
import { TableChain } from "./table-chain.js";
import { Threadlocals } from "./threadlocals.js";
import { UnnamedValues } from "./unnamed-values.js";

export interface ProgramOptions {
  /** How many functions, at least 1, not counting the start code. */
  readonly functions: number;
  readonly seed: number;
  /** Position-independent, relocating itself; no absolute 32-bit relocations then. Default false. */
  readonly pie?: boolean;
}

const FUNCTIONS_PER_BLOCK = 2 * OBJECTS_PER_BLOCK;
const FUNCTIONS_PER_EXPORT = 1000;
const MOST_CALLS = 3;

/** Writes the program to `sink` and returns the checksum that it will print, unsigned. */
export function writeProgram(sink: Sink, options: ProgramOptions): number {
  return new Program(sink, options).write();
}

class Program {
  private readonly sink: Sink;
  private readonly functions: number;
  private readonly seed: number;
  private readonly pie: boolean;
  private readonly objects: DataObjects;
  private readonly unnamed: UnnamedValues;
  private readonly threadlocals = new Threadlocals();
  private readonly functionTables: TableChain;
  private readonly objectTables: TableChain;
  private readonly random = new Random();
  private readonly body = new FunctionBody();
  private readonly data = new Blob();

  /** What function i returns. */
  private readonly values: Int32Array;
  /** The functions that function i calls, each as often as it does: at MOST_CALLS * i; -1 where there are fewer. */
  private readonly callees: Int32Array;
  /** The object of zeros that function i counts in, or -1. */
  private readonly counters: Int32Array;
  /** The digest of each object, but for those of zeros. */
  private readonly digests: Int32Array;
  private calls = 0;

  constructor(sink: Sink, options: ProgramOptions) {
    this.sink = sink;
    this.functions = options.functions;
    this.seed = options.seed | 0;
    this.pie = options.pie ?? false;
    this.objects = new DataObjects(this.seed, Math.ceil(options.functions / 2));
    this.unnamed = new UnnamedValues(this.seed, Math.ceil(options.functions / 16));
    this.functionTables = new TableChain("functions", 64, this.functions, (table, i) => {
      table.field64(this.functionName(i), 0);
    });
    this.objectTables = new TableChain("objects", 128, this.objects.count, (table, d) => {
      table.field64(this.objects.name(d), 0);
      table.word(this.objects.words(d));
      table.word(this.objects.align(d) - 1);
    });
    this.values = new Int32Array(this.functions);
    this.callees = new Int32Array(this.functions * MOST_CALLS).fill(-1);
    this.counters = new Int32Array(this.functions).fill(-1);
    this.digests = new Int32Array(this.objects.count);
    this.body.wantsAssembly = sink.wantsAssembly ?? false;
  }

  write(): number {
    this.sink.header(this.pie);
    if (this.pie) {
      this.sink.extern("_DYNAMIC");
      this.sink.extern("__ehdr_start");
    }
    this.sink.endBlock();
    for (let block = 0; block * FUNCTIONS_PER_BLOCK < this.functions; block++) this.writeBlock(block);
    return this.writeStart();
  }

  private writeBlock(block: number): void {
    const firstObject = block * OBJECTS_PER_BLOCK;
    const objectsEnd = Math.min(firstObject + OBJECTS_PER_BLOCK, this.objects.count);
    const firstFunction = block * FUNCTIONS_PER_BLOCK;
    const functionsEnd = Math.min(firstFunction + FUNCTIONS_PER_BLOCK, this.functions);
    for (let i = firstFunction; i < functionsEnd; i++) {
      // There are half as many objects as functions.
      if (i % 2 === 0) this.writeObject(i / 2);
      this.writeFunction(i);
    }
    this.functionTables.write(this.sink, firstFunction, functionsEnd);
    this.objectTables.write(this.sink, firstObject, objectsEnd);
    this.sink.endBlock();
  }

  private writeObject(d: number): void {
    const { data, objects } = this;
    const kind = objects.kind(d);
    const words = objects.words(d);
    if (kind === "zero") {
      this.sink.zero(objects.name(d), objects.align(d), words * 4, false);
      return;
    }
    data.clear();
    let sum = 0;
    for (let k = 0; k < words; k++) {
      const word = objects.word(d, k);
      data.word(word);
      sum = digest(sum, word);
    }
    this.digests[d] = sum;
    this.sink.data(kind, objects.name(d), objects.align(d), data, false);
  }

  private writeFunction(i: number): void {
    const { body, random } = this;
    random.restart(this.seed, i);
    const size = 96 + random.below(96);
    body.begin(random.next());
    this.calls = 0;
    const group = Math.floor(i / 6);
    const level = i % 6 < 3 || group === 0 ? 0 : i % 6 < 5 ? 1 : 2;
    if (level === 1) this.callPair(i);
    if (level === 2) {
      this.callOne(i, this.callee(i, 1));
      this.callOne(i, this.callee(i, 1));
      this.callOne(i, this.callee(i, 0));
    }
    for (let n = level === 0 ? 3 : 2; n > 0; n--) {
      body.step(random.next());
      this.useObject(i);
    }
    if (random.below(4) === 0) this.unnamed.use(body, random);
    if (random.below(32) === 0) this.threadlocals.use(body, random);
    while (body.size < size) body.step(random.next());
    body.end();
    this.values[i] = body.value;
    this.sink.func(this.functionName(i), random.below(64) === 0 ? 64 : 0, body);
    if (i % FUNCTIONS_PER_EXPORT === 0) this.sink.exported(`api${i}`, this.functionName(i));
  }

  private functionName(i: number): string {
    return `m${Math.floor(i / FUNCTIONS_PER_BLOCK)}.f${i}`;
  }

  /** What callers call function i: its exported name if it has one. */
  private callName(i: number): string {
    return i % FUNCTIONS_PER_EXPORT === 0 ? `api${i}` : this.functionName(i);
  }

  /** A function of a lower group than i's, of the given level. */
  private callee(i: number, level: 0 | 1): number {
    const { random } = this;
    const group = Math.floor(i / 6);
    const reach = random.below(4) === 0 ? group : Math.min(group, 40);
    return (group - 1 - random.below(reach)) * 6 + (level === 0 ? random.below(3) : 3 + random.below(2));
  }

  private noteCall(i: number, callee: number): void {
    this.callees[i * MOST_CALLS + this.calls++] = callee;
  }

  private callOne(i: number, callee: number): void {
    const { body, data, random } = this;
    const form = random.below(16);
    if (form === 0) {
      data.clear();
      data.field64(this.callName(callee), 0);
      const cell = `${this.functionName(i)}.to${this.calls}`;
      this.sink.data("const", cell, 8, data, false, true);
      body.callThrough(cell, this.values[callee]!);
    } else {
      body.call(form < 4 ? "PC32" : "PLT32", this.callName(callee), this.values[callee]!);
    }
    this.noteCall(i, callee);
    body.step(random.next());
  }

  /** Two calls of the lowest level, now and then through a table of distances. */
  private callPair(i: number): void {
    const { body, data, random } = this;
    const pair = [this.callee(i, 0), this.callee(i, 0)];
    if (random.below(16) !== 0) {
      for (const callee of pair) this.callOne(i, callee);
      return;
    }
    const table = `${this.functionName(i)}.table`;
    data.clear();
    for (const callee of pair) data.field("PC32", this.callName(callee), data.size);
    this.sink.data("const", table, 4, data, false, true);
    pair.forEach((callee, index) => {
      body.callTable(table, index, this.values[callee]!);
      this.noteCall(i, callee);
    });
  }

  private useObject(i: number): void {
    const { body, objects, random } = this;
    const near = Math.max(0, Math.floor(i / 2) - random.below(64));
    const d = random.below(4) === 0 ? random.below(objects.count) : near;
    const name = objects.name(d);
    if (objects.kind(d) === "zero" && this.counters[i] === -1) {
      this.counters[i] = d;
      body.count(name, (objects.words(d) - 1) * 4, counterStep(i));
      return;
    }
    if (objects.kind(d) === "zero") return;
    const k = random.below(objects.words(d));
    this.readWord(i, name, k * 4, objects.word(d, k));
  }

  /** Adds the word at `name` + `offset`, in one of the ways in which compilers refer to data. */
  private readWord(i: number, name: string, offset: number, word: number): void {
    const { body, data, random } = this;
    const form = random.below(16);
    if (form === 0) {
      const cell = `${this.functionName(i)}.at${body.size}`;
      data.clear();
      data.field64(name, offset);
      this.sink.data("const", cell, 8, data, false, true);
      body.addThrough(cell, word);
    } else if (form === 1) {
      const place = `place${body.size}`;
      body.refs.push({ name: place, kind: "nav", nav: name, offset });
      body.addRelative(place, 0, word);
    } else if (form < 4) {
      body.addByBase(name, offset, word);
    } else if (form < 10 || this.pie) {
      body.addRelative(name, offset, word);
    } else if (form < 13) {
      body.addAbsolute(name, offset, word);
    } else if (form < 15) {
      body.addByPointer32(name, offset, word);
    } else {
      body.addByPointer64(name, offset, word);
    }
  }

  private writeStart(): number {
    const { data, body, functions } = this;
    this.threadlocals.write(this.sink);
    this.sink.zero("threadBlock", 64, THREAD_BLOCK_SIZE, false);

    data.clear();
    for (const char of MESSAGE) data.byte(char.charCodeAt(0));
    this.sink.data("var", "message", 1, data, false);

    const direct = [0, Math.floor(functions / 2), functions - 1];
    const checksum = this.checksum(direct);
    data.clear();
    data.word(checksum);
    this.sink.data("const", "expected", 4, data, false);

    body.clear();
    for (const part of [this.pie ? RELOCATE_SELF : NO_BASE, SET_THREAD_POINTER, WALK_TABLES]) appendListing(body, part);
    for (const i of direct) appendListing(body, callDirectly(this.callName(i)));
    appendListing(body, PRINT_AND_EXIT);
    this.sink.func("start", 0, body);
    this.sink.exported("_start", "start");
    this.sink.endBlock();
    this.sink.close();
    return checksum >>> 0;
  }

  private checksum(direct: readonly number[]): number {
    const { callees, counters, digests, functions, objects, values } = this;
    // How often each function has run when the counters are read: once by the tables, then as its callers do, which
    // have higher numbers. The direct calls come after.
    const runs = new Int32Array(functions).fill(1);
    for (let i = functions - 1; i >= 0; i--) {
      for (let k = i * MOST_CALLS; k < (i + 1) * MOST_CALLS && callees[k] !== -1; k++) runs[callees[k]!]! += runs[i]!;
      const counter = counters[i]!;
      if (counter !== -1) digests[counter]! += Math.imul(runs[i]!, counterStep(i));
    }
    let sum = 0;
    for (let i = 0; i < functions; i++) sum = addToChecksum(sum, values[i]!);
    for (let d = 0; d < objects.count; d++) sum = addToChecksum(sum, digests[d]!);
    for (const i of direct) sum = addToChecksum(sum, values[i]!);
    return sum;
  }
}

/** How much function i adds to its counter when it runs; fits a signed byte. */
function counterStep(i: number): number {
  return 1 + (i % 97);
}
