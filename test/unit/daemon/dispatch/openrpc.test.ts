import Ajv from 'ajv';
import { offeredMethods } from '../../../../daemon/dispatch/offered-methods';
import { createOpenRpcDocument } from '../../../../daemon/dispatch/openrpc';
import { errorCatalogue } from '../../../../shared/errors';
import { methods } from '../../../../shared/methods';

/** The parts of https://meta.open-rpc.org 1.3.2 that the document uses, closed. */
const metaSchema = {
  $defs: {
    descriptor: {
      type: 'object',
      required: ['name', 'schema'],
      additionalProperties: false,
      properties: { name: { type: 'string' }, required: { type: 'boolean' }, schema: { type: 'object' } },
    },
  },
  type: 'object',
  required: ['openrpc', 'info', 'methods'],
  additionalProperties: false,
  properties: {
    openrpc: { const: '1.3.2' },
    info: {
      type: 'object',
      required: ['title', 'version'],
      additionalProperties: false,
      properties: {
        title: { type: 'string' },
        version: { type: 'string' },
        description: { type: 'string' },
        license: { type: 'object', required: ['name'] },
      },
    },
    methods: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'params'],
        additionalProperties: false,
        properties: {
          name: { type: 'string' },
          summary: { type: 'string' },
          tags: { type: 'array', items: { type: 'object', required: ['name'] } },
          paramStructure: { enum: ['by-name', 'by-position', 'either'] },
          params: { type: 'array', items: { $ref: '#/$defs/descriptor' } },
          result: { $ref: '#/$defs/descriptor' },
          errors: { type: 'array', items: { type: 'object', required: ['$ref'] } },
        },
      },
    },
    components: {
      type: 'object',
      additionalProperties: false,
      properties: {
        errors: {
          type: 'object',
          additionalProperties: { type: 'object', required: ['code', 'message'] },
        },
      },
    },
  },
};

const ajv = new Ajv({ strict: false });

describe.each(['admin', 'agent'] as const)('the OpenRPC document of the %s socket', (kind) => {
  const document = createOpenRpcDocument(offeredMethods(kind), '1.2.3');
  const described = document.methods as {
    name: string;
    params: { name: string; schema: object }[];
    result: { schema: object };
    errors: { $ref: string }[];
  }[];

  test('is well-formed and plain JSON', () => {
    expect(ajv.validate(metaSchema, document) ? [] : ajv.errors).toEqual([]);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  test('has the methods of this socket and no other', () => {
    const expected = Object.values(methods).filter(({ caller }) => caller === kind || caller === 'both');
    expect(described.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  });

  test('has schemas that compile and references that lead somewhere', () => {
    const { errors } = document.components as { errors: Record<string, { code: number }> };
    for (const { params, result, errors: references } of described) {
      for (const { schema } of [...params, result]) ajv.compile(schema);
      for (const { $ref } of references) {
        const name = $ref.replace('#/components/errors/', '') as keyof typeof errorCatalogue;
        expect(errors[name]?.code).toBe(errorCatalogue[name].rpc);
      }
    }
  });
});
