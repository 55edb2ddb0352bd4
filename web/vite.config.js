// Builds the console into the Python package.  What is built carries a digest of what it was built from, so that a test can
// tell whether the two belong together; and it is compressed here, so that the server need not.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { theme } from "./theme.js";

const HERE = import.meta.dirname;
const OUT = join(HERE, "..", "src", "iamd", "console", "static");

function files(folder) {
  return readdirSync(folder)
    .filter((name) => name !== "node_modules")
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files(path) : [path];
    });
}

function digest() {
  const lines = files(HERE).map((path) => {
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
    return `${relative(HERE, path).replaceAll("\\", "/")} ${hash}\n`;
  });
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

const packing = {
  name: "iamd-packing",
  closeBundle() {
    for (const path of files(OUT)) {
      const plain = readFileSync(path);
      writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
      writeFileSync(
        `${path}.br`,
        brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
      );
      rmSync(path);
    }
    writeFileSync(join(OUT, "sources.sha256"), `${digest()}\n`);
  },
};

// The theme is made here and not in the browser: a style sheet that a script writes would be inline.
const theming = {
  name: "iamd-theme",
  resolveId: (id) => (id === "virtual:theme.css" ? "\0theme.css" : undefined),
  load: (id) => (id === "\0theme.css" ? theme() : undefined),
};

// Cloudscape brings a font along, inside of its style sheet.  The fonts of the system do as well, and cost nothing.
const fontless = {
  name: "iamd-fontless",
  enforce: "pre",
  transform: (code, id) =>
    id.endsWith("global-styles/index.css") ? code.replace(/@font-face\s*\{[^}]*\}/g, "") : undefined,
};

// The editor's style sheet is a file here, and not written by a script; its pictures of points and folds are not used.
const pictureless = {
  name: "iamd-pictureless",
  enforce: "pre",
  transform: (code, id) =>
    id.endsWith("ace-builds/css/ace.css") ? code.replace(/url\("\.\/main-\d+\.png"\)/g, "none") : undefined,
};

export default defineConfig({
  base: "/_iamd/console/",
  plugins: [react(), fontless, pictureless, theming, packing],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 1500,
  },
});
