import { OctoError } from './errors.ts';

interface Declared {
  readonly kind: string;
  readonly type: string;
  readonly summary: string;
}

/**
 * The explicit list of a library's extensions: what is not in it does not exist for YAML.
 * @throws OctoError EXTENSION_DUPLICATE when two of them have one type; names both.
 */
export function defineRegistry<Declaration extends Declared>(
  declarations: readonly Declaration[],
): readonly Declaration[] {
  const byType = new Map<string, Declaration>();
  for (const declaration of declarations) {
    const first = byType.get(declaration.type);
    if (first !== undefined) {
      throw new OctoError(
        'EXTENSION_DUPLICATE',
        `two ${declaration.kind}s have the type "${declaration.type}": the one that says "${first.summary}" and the ` +
          `one that says "${declaration.summary}"; a type names one ${declaration.kind}: rename one of them`,
      );
    }
    byType.set(declaration.type, declaration);
  }
  return Object.freeze([...declarations]);
}
