import { methods } from '../../../shared/methods';
import { compileValidator } from '../../../daemon/validation';
import type { TSchema } from '@sinclair/typebox';

/** Every schema inside a schema. */
function inside(schema: unknown): readonly Record<string, unknown>[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const found = Object.values(schema).flatMap(inside);
  return Array.isArray(schema) ? found : [schema as Record<string, unknown>, ...found];
}

describe.each(Object.entries(methods))('%s', (name, definition) => {
  const params: TSchema = definition.params;

  test('is registered under its own name, with schemas that compile', () => {
    expect(definition.name).toBe(name);
    // They are compiled when they are used.
    compileValidator(params, 'params')(null);
    compileValidator(definition.result as TSchema, 'result')(null);
  });

  test('takes nothing it does not name: all objects in its parameters are closed', () => {
    const objects = inside(params).filter((schema) => schema['type'] === 'object');
    for (const schema of objects) expect(schema).toMatchObject({ additionalProperties: false });
  });

  test('bounds its texts and lists', () => {
    for (const schema of inside(params)) {
      const isBounded = ['maxLength', 'pattern', 'const', 'enum', 'maxItems'].some((key) => key in schema);
      if (schema['type'] === 'string' || schema['type'] === 'array')
        expect({ schema, isBounded }).toMatchObject({ isBounded: true });
    }
  });
});

test('a variable whose name no pattern expects does not get past the schema', () => {
  const check = compileValidator(methods['commit.create'].params.properties.env, 'env');
  expect(check({ GIT_DIR: 'x' }).kind).toBe('valid');
  for (const env of [{ 'A\nB': {} }, { 'A=B': 'x' }, { '': 'x' }, { GIT_DIR: 1 }, { GIT_DIR: '\u0100' }]) {
    expect(check(env).kind).toBe('invalid');
  }
});
