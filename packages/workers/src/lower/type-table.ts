/**
 * The types of one manifest on one target: declared names resolved once, in any order, with their layouts; types
 * written out in place resolved on demand. Everything in it is fixed after construction, so each worker can build the
 * same table from the same declarations.
 */

import {
  type Diagnostic,
  DiagnosticError,
  duplicateName,
  type Place,
  reservedTypeName,
  typeContainsItself,
  typeWithoutSize,
} from "@manifold/core";
import { Abi, type Layout, type TargetAbi } from "./abi.js";
import { type BuildWork, isBuiltInName, TypeBuilder, type TypeScope } from "./build-type.js";
import { GlobalErrorSet } from "./error-set.js";
import { JsonPlace, type Origin } from "./json-place.js";
import { type IntType, type Type, type TypeSpec, typeName } from "./type.js";
import { TypeKeys } from "./type-key.js";

/** A `type` declaration of the manifest: `{"type": name, "is": spec}`. */
export interface DeclaredType {
  readonly name: string;
  readonly is: TypeSpec;
  readonly place?: Place;
}

interface Declaration {
  readonly spec: TypeSpec;
  readonly place: Place;
  state: "waiting" | "building" | { readonly type: Type } | { readonly failure: DiagnosticError };
}

const newWork = (): BuildWork => ({ pending: [], names: [], depth: 0 });

export class TypeTable implements TypeScope {
  readonly abi: Abi;
  readonly errors: GlobalErrorSet;
  readonly usize: IntType;
  readonly #declared = new Map<string, Declaration>();
  readonly #keys = new TypeKeys();

  /**
   * @param errors the global error set, in the order that numbers the errors from 1
   * @throws DiagnosticError with everything that is wrong with the declarations
   */
  constructor(
    target: TargetAbi,
    declared: readonly DeclaredType[],
    errors: readonly unknown[] = [],
    errorsOrigin: Origin = {},
  ) {
    this.abi = new Abi(target);
    const bits = this.abi.pointerBytes * 8;
    this.usize = { kind: "int", signed: false, bits, name: "", ...this.abi.int(bits) };
    this.errors = new GlobalErrorSet(errors, errorsOrigin);
    const problems = new Set<Diagnostic>(this.errors.diagnostics);
    for (const { name, is, place } of declared) {
      const where = { path: "type", place: { symbol: name, ...place } };
      if (isBuiltInName(name)) problems.add(reservedTypeName(where, name));
      else if (this.#declared.has(name)) problems.add(duplicateName(where, "type", name));
      else this.#declared.set(name, { spec: is, place: where.place, state: "waiting" });
    }
    for (const name of this.#declared.keys()) {
      const work = newWork();
      try {
        this.declared(name, work);
        new TypeBuilder(this, new JsonPlace("is", undefined), work).bindPointers();
      } catch (failure) {
        if (!(failure instanceof DiagnosticError)) throw failure;
        // One failure reaches every type that holds the faulty one; it is told once.
        for (const diagnostic of failure.diagnostics) problems.add(diagnostic);
      }
    }
    if (problems.size > 0) throw new DiagnosticError(...problems);
    for (const name of this.#declared.keys()) this.#keys.of(this.resolve(name));
  }

  get declaredNames(): Iterable<string> {
    return this.#declared.keys();
  }

  /**
   * The type that `spec` describes. It may be opaque; see `resolveSized`.
   * @throws DiagnosticError
   */
  resolve(spec: TypeSpec, origin: Origin = {}): Type {
    const work = newWork();
    const builder = new TypeBuilder(this, new JsonPlace(origin.path ?? "type", origin.place), work);
    const type = builder.build(spec, "");
    builder.bindPointers();
    return type;
  }

  /**
   * The type that `spec` describes, which must be one that values have.
   * @throws DiagnosticError
   */
  resolveSized(spec: TypeSpec, origin: Origin = {}): Type {
    const type = this.resolve(spec, origin);
    if (type.kind !== "opaque") return type;
    throw new DiagnosticError(typeWithoutSize(new JsonPlace(origin.path ?? "type", origin.place).at(), typeName(type)));
  }

  /**
   * Size and alignment of a type, in bytes.
   * @throws DiagnosticError
   */
  layout(spec: TypeSpec, origin: Origin = {}): Layout {
    const { size, align } = this.resolveSized(spec, origin);
    return { size, align };
  }

  /** What identifies a type, see `type-key.ts`. */
  key(type: Type): string {
    return this.#keys.of(type);
  }

  declared(name: string, work: BuildWork): Type | undefined {
    const declaration = this.#declared.get(name);
    if (declaration === undefined) return undefined;
    const { state } = declaration;
    const place = new JsonPlace("is", declaration.place);
    if (state === "building") {
      const cycle = [...work.names.slice(work.names.indexOf(name)), name];
      throw new DiagnosticError(typeContainsItself(place.at(), cycle));
    }
    if (state !== "waiting") {
      if ("failure" in state) throw state.failure;
      return state.type;
    }
    declaration.state = "building";
    work.names.push(name);
    try {
      const type = new TypeBuilder(this, place, work).build(declaration.spec, name);
      declaration.state = { type };
      return type;
    } catch (failure) {
      if (failure instanceof DiagnosticError) declaration.state = { failure };
      throw failure;
    } finally {
      work.names.pop();
    }
  }
}
