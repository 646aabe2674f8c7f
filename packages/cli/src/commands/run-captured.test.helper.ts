/** Runs a command's `run` and keeps what it writes. */

import { vi } from "vitest";

export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runCaptured(run: () => Promise<number>): Promise<Captured> {
  const written = { out: "", err: "" };
  const capture = (stream: "out" | "err") => (text: string | Uint8Array) => {
    written[stream] += text;
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(capture("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(capture("err")),
  ];
  try {
    const code = await run();
    return { code, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
