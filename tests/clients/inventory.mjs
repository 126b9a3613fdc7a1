// node inventory.mjs FILE…: what a file exports, as JSON: the properties of types, to some depth,
// and how many parameters functions have. It fails where the file doesn't compile strictly.
import ts from "typescript";

const DEPTH = 5;
const files = process.argv.slice(2);
const program = ts.createProgram(files, {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: [],
});
const found = ts.getPreEmitDiagnostics(program);
if (found.length) {
  const host = { getCanonicalFileName: (it) => it, getCurrentDirectory: ts.sys.getCurrentDirectory, getNewLine: () => "\n" };
  console.error(ts.formatDiagnostics(found, host));
  process.exit(1);
}
const checker = program.getTypeChecker();

function members(type, depth) {
  const only = checker.getNonNullableType(type);
  const plain = only.flags & ts.TypeFlags.Object && !checker.isArrayType(only);
  if (!plain || !depth) return {};
  const own = checker.getPropertiesOfType(only).map((it) => [it.name, members(checker.getTypeOfSymbol(it), depth - 1)]);
  return Object.fromEntries(own);
}

const types = {};
const functions = {};
for (const file of files) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  for (const it of checker.getExportsOfModule(module)) {
    if (it.flags & (ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Interface)) {
      types[it.name] = members(checker.getDeclaredTypeOfSymbol(it), DEPTH);
    } else {
      const [call] = checker.getTypeOfSymbol(it).getCallSignatures();
      if (call) functions[it.name] = call.parameters.map((of) => of.name);
    }
  }
}
console.log(JSON.stringify({ types, functions }));
