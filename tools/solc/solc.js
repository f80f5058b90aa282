// The solc command line that py-solc-x and Foundry need, on npm's WASM build of the same compiler: native binaries
// can't be fetched everywhere. Understands --version and --standard-json; paths resolve against --base-path and cwd.
"use strict";
const fs = require("fs");
const path = require("path");

const args = process.argv.slice(2);
if (args.includes("--version")) {
  // A string, because loading the compiler takes half a second and Brownie asks often.
  process.stdout.write(
    "solc, the solidity compiler commandline interface\nVersion: 0.8.30+commit.73712a01.Linux.g++\n",
  );
  process.exit(0);
}
if (!args.includes("--standard-json")) {
  process.stderr.write("solc stand-in: only --version and --standard-json are supported\n");
  process.exit(1);
}

const base = args.includes("--base-path") ? args[args.indexOf("--base-path") + 1] : process.cwd();
const readImport = (name) => {
  for (const candidate of [name, path.join(base, name)]) {
    if (fs.existsSync(candidate)) return { contents: fs.readFileSync(candidate, "utf8") };
  }
  return { error: `File not found: ${name} (looked in ${base})` };
};

const input = fs.readFileSync(0, "utf8");
const solc = require("solc");
const output = Buffer.from(solc.compile(input, { import: readImport }));
for (let written = 0; written < output.length; ) {
  written += fs.writeSync(1, output, written);
}
