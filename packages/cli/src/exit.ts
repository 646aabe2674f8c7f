/** Exit codes, as DESIGN gives them. */
export const Exit = { OK: 0, ERRORS: 1, USAGE: 2, INTERNAL: 70 } as const;
