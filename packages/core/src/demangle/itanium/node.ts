/**
 * What a mangled C++ name says, before it is text. A name cannot be printed as it is read: the type of a function stands
 * around its name, and a template parameter may stand before the arguments that it is replaced by. Nodes are shared where the
 * name refers back to an earlier part of itself, so that they form a graph without cycles, not a tree.
 */

import type { Operator } from "./operators.js";

export type Node =
  | Identifier
  | Standard
  | Scoped
  | Local
  | Method
  | Template
  | Arguments
  | ModuleName
  | { readonly kind: "attached"; readonly name: Node; readonly module: Node }
  | { readonly kind: "tagged"; readonly name: Node; readonly tag: Node }
  | { readonly kind: "structor"; readonly name: Node; readonly destructor: boolean }
  | { readonly kind: "operator"; readonly operator: Operator }
  | { readonly kind: "conversion"; readonly to: Node }
  | { readonly kind: "suffix-operator"; readonly name: Node }
  | { readonly kind: "vendor-operator"; readonly name: Node }
  | { readonly kind: "binding"; readonly names: Arguments }
  | { readonly kind: "unnamed"; readonly number: number }
  | Lambda
  | Encoding
  /** Text around other nodes: `vtable for ...`. */
  | { readonly kind: "phrase"; readonly parts: readonly (string | Node)[] }
  | TypeNode
  | ExpressionNode;

/** An identifier, or any text that behaves like one. */
export interface Identifier {
  readonly kind: "identifier";
  readonly text: string;
}

/** An abbreviation such as `Ss`; `structor` is how its constructors are called. */
export interface Standard {
  readonly kind: "standard";
  readonly text: string;
  readonly structor: Identifier | undefined;
}

interface Scoped {
  readonly kind: "scoped";
  readonly scope: Node;
  readonly name: Node;
}

/** Something declared in a function, perhaps in the default argument of one of its parameters, counted from the last. */
interface Local {
  readonly kind: "local";
  readonly scope: Node;
  readonly defaultArgument: number | undefined;
  readonly name: Node;
}

/** A member function whose `this` is qualified. */
interface Method {
  readonly kind: "method";
  readonly name: Node;
  readonly qualifiers: readonly Qualifier[];
}

/** What stands behind the parameters of a function, with its blank. */
export interface Qualifier {
  readonly text: string;
  readonly operand?: Node;
}

export interface Template {
  readonly kind: "template";
  readonly name: Node;
  readonly arguments: Arguments;
}

/** The arguments of a template or call, or a pack of them. */
export interface Arguments {
  readonly kind: "arguments";
  readonly items: readonly Node[];
  /** The condition behind the arguments of a template. */
  readonly constraint?: Node;
}

export interface ModuleName {
  readonly kind: "module";
  readonly parent: Node | undefined;
  readonly name: Node;
  readonly partition: boolean;
}

export interface Lambda {
  readonly kind: "lambda";
  readonly head: readonly TemplateHead[];
  readonly parameters: Arguments;
  readonly number: number;
}

/** The declaration of a template parameter: `typename`, a value of a type, a template, or a pack of one of them. */
export type TemplateHead =
  | { readonly kind: "typename" }
  | { readonly kind: "value"; readonly type: Node }
  | { readonly kind: "templates"; readonly parameters: readonly TemplateHead[] }
  | { readonly kind: "pack"; readonly of: TemplateHead };

/** A function, with its type. */
export interface Encoding {
  readonly kind: "encoding";
  readonly name: Node;
  readonly type: FunctionType;
}

type TypeNode =
  | Builtin
  | FunctionType
  | Reference
  | TemplateParameter
  | { readonly kind: "pointer"; readonly to: Node }
  | Suffixed
  | { readonly kind: "vector"; readonly of: Node; readonly dimension: Node }
  | { readonly kind: "member-pointer"; readonly owner: Node; readonly to: Node }
  | { readonly kind: "array"; readonly of: Node; readonly dimension: Node | undefined }
  | { readonly kind: "decltype"; readonly of: Node }
  | { readonly kind: "expansion"; readonly of: Node };

export interface Builtin {
  readonly kind: "builtin";
  readonly text: string;
  /** How values of the type are written: with a suffix, as a truth value, as bits in brackets, behind a cast. */
  readonly literal: "" | "u" | "l" | "ul" | "ll" | "ull" | "truth" | "bits" | "cast";
}

export interface FunctionType {
  readonly kind: "function";
  readonly result: Node | undefined;
  readonly parameters: Arguments;
  readonly qualifiers: readonly Qualifier[];
  readonly constraint?: Node;
}

export interface Reference {
  readonly kind: "reference";
  readonly symbol: "&" | "&&";
  readonly to: Node;
}

/** A type with a word behind it: `const`, `_Complex`, or one of a vendor. */
export interface Suffixed {
  readonly kind: "suffixed";
  readonly of: Node;
  readonly suffix: Node;
  /** Whether it is `const`, `volatile` or `restrict`, which count once. */
  readonly once: boolean;
}

export interface TemplateParameter {
  readonly kind: "parameter";
  readonly index: number;
}

export type ExpressionNode =
  | { readonly kind: "literal"; readonly type: Node; readonly value: string; readonly negative: boolean }
  | { readonly kind: "function-parameter"; readonly number: number }
  | { readonly kind: "braces"; readonly type: Node | undefined; readonly items: Arguments }
  | { readonly kind: "unary"; readonly operator: Operator; readonly operand: Node; readonly postfix: boolean }
  | { readonly kind: "cast"; readonly to: Node; readonly operand: Node }
  | Binary
  | { readonly kind: "conditional"; readonly condition: Node; readonly yes: Node; readonly no: Node }
  | {
      readonly kind: "new";
      readonly placement: Arguments;
      readonly type: Node;
      /** `undefined` where there is none, other than empty parentheses. */
      readonly initializer: Node | undefined;
    }
  /** `.member = value`, `[index] = value`, `[first ... last] = value`. */
  | {
      readonly kind: "designator";
      readonly at: Node;
      readonly last?: Node;
      readonly member: boolean;
      readonly value: Node;
    }
  /** `(... + pack)` with `pack` left or right of the dots, and perhaps a first value on the other side. */
  | {
      readonly kind: "fold";
      readonly operator: Operator;
      readonly left: Node | undefined;
      readonly right: Node | undefined;
    };

export interface Binary {
  readonly kind: "binary";
  readonly operator: Operator;
  readonly left: Node;
  readonly right: Node;
}

export function identifier(text: string): Identifier {
  return { kind: "identifier", text };
}
