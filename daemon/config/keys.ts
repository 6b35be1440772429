/** The leaves of the configuration's schema, and the schema of the file, in which nothing is required. */
import { Type, type TSchema } from '@sinclair/typebox';
import { ConfigSchema } from './schema';

/** One leaf of the schema, e.g. `limits.frameBytes`. */
export interface ConfigKey {
  readonly path: string;
  readonly schema: TSchema;
  readonly needsRestart: boolean;
}

/** All leaves in the order of the schema. */
export const configKeys: readonly ConfigKey[] = leaves(ConfigSchema, []);

function leaves(schema: TSchema, path: readonly string[]): ConfigKey[] {
  if (schema['type'] !== 'object') {
    return [{ path: path.join('.'), schema, needsRestart: schema['x-needs-restart'] === true }];
  }
  const properties = schema['properties'] as Record<string, TSchema>;
  return Object.entries(properties).flatMap(([name, child]) => leaves(child, [...path, name]));
}

const fileHead: object = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'gitisod configuration',
};

/** The schema of a configuration file: as above, but nothing is required and editors may name the schema. */
export const ConfigFileSchema: TSchema = fileSchema();

function fileSchema(): TSchema {
  const schema = optional(ConfigSchema);
  const properties = {
    $schema: Type.String({ description: 'For editors; not used' }),
    ...(schema['properties'] as Record<string, TSchema>),
  };
  return { ...fileHead, ...schema, properties };
}

function optional(schema: TSchema): TSchema {
  if (schema['type'] !== 'object') return schema;
  const properties = schema['properties'] as Record<string, TSchema>;
  const children = Object.entries(properties).map(([name, child]) => [name, optional(child)] as const);
  return { ...schema, required: [], properties: Object.fromEntries(children) };
}
