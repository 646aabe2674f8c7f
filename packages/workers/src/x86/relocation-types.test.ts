import { describe, expect, it } from "vitest";
import { Reloc, relocationName } from "./relocation-types.js";

describe("names of relocation types", () => {
  it("are the psABI's less their prefix, as manifests spell them", () => {
    const names = [1, 2, 4, 9, 10, 11, 12, 14, 22, 23, 24, 41, 42].map(relocationName);
    expect(names.join(" ")).toBe("64 PC32 PLT32 GOTPCREL 32 32S 16 8 GOTTPOFF TPOFF32 PC64 GOTPCRELX REX_GOTPCRELX");
  });

  it("are different for all types, and there is none for a type that is never emitted", () => {
    const names = Object.values(Reloc).map(relocationName);
    expect(new Set(names).size).toBe(names.length);
    expect(relocationName(5)).toBeUndefined();
  });
});
