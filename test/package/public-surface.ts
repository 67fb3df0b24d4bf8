/** Every declaration that a program can reach through the package, as text: what a review looks at. */
import ts from 'typescript';

export interface PublicSurface {
  /** One declaration after the other, by name, without comments. */
  readonly text: string;
  /** Names in these declarations that a program cannot import. */
  readonly unnamed: readonly string[];
}

/** @param entry the path of an emitted index.d.ts */
export function publicSurface(entry: string): PublicSurface {
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: ['node'],
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${entry} is no module.`);
  const exported = new Map(
    checker
      .getExportsOfModule(module)
      .map((symbol) => [
        symbol.name,
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      ]),
  );
  const known = new Set(exported.values());
  const unnamed = new Set<string>();
  const isOurs = (symbol: ts.Symbol): boolean =>
    (symbol.declarations ?? []).some((declaration) => {
      const { fileName } = declaration.getSourceFile();
      return !fileName.includes('node_modules') && !ts.isTypeParameterDeclaration(declaration);
    });
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const at = checker.getSymbolAtLocation(name);
      const symbol = at && at.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(at) : at;
      if (symbol && isOurs(symbol) && !known.has(symbol)) unnamed.add(symbol.name);
    }
    ts.forEachChild(node, visit);
  };
  const printer = ts.createPrinter({ removeComments: true });
  const parts: string[] = [];
  for (const [name, symbol] of [...exported].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const declaration of symbol.declarations ?? []) {
      // A constant's statement is around its declaration.
      const words = ts.isTypeAliasDeclaration(declaration)
        ? wordsOf(checker.getDeclaredTypeOfSymbol(symbol))
        : [];
      if (words.length > 0) {
        parts.push(`export type ${name} = ${words.join(' | ')};`);
        continue;
      }
      const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
      parts.push(text.startsWith('export') ? text : `export ${name}: ${text}`);
      visit(node);
    }
  }
  return { text: `${parts.join('\n\n')}\n`, unnamed: [...unnamed].sort() };
}

/** A type that is nothing but words: which they are is what matters, not where they come from. */
const wordsOf = (type: ts.Type): string[] =>
  type.isUnion() && type.types.every((member) => member.isStringLiteral())
    ? type.types.map((member) => `'${member.value}'`).sort()
    : [];
