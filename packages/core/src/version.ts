/** Manifold's version, as in package.json; it stands in .comment of every output. */
export const VERSION = "0.1.0";
