#!/usr/bin/env node
import { main } from "../dist/main.js";

const code = await main(process.argv.slice(2));
// A failure to write what was printed may have set another code already.
if (code !== 0) process.exitCode = code;
