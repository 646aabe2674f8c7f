/** Where GNU ld for x86-64 looks for libraries by itself, behind what `-L` says. */

/** `=` stands for the sysroot. Debian's directories come first; where they are missing, they cost nothing. */
export const DEFAULT_DIRECTORIES: readonly string[] = [
  "=/usr/local/lib/x86_64-linux-gnu",
  "=/lib/x86_64-linux-gnu",
  "=/usr/lib/x86_64-linux-gnu",
  "=/usr/local/lib64",
  "=/lib64",
  "=/usr/lib64",
  "=/usr/local/lib",
  "=/lib",
  "=/usr/lib",
];
