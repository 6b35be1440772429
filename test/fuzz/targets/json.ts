/** JSON text and the envelope of a call: strict, and the same as JSON.parse where it is accepted. */
import { isDeepStrictEqual } from 'node:util';
import { classifyMessage } from '../../../daemon/transport/rpc-message';
import { isGitisoError } from '../../../shared/errors';
import { parseJsonText } from '../../../shared/json-text';
import { must, type FuzzTarget } from '../harness/target';

const nesting = 8;

export const json: FuzzTarget = {
  name: 'json',
  seeds: [
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}',
    '{"jsonrpc":"2.0","id":"x","result":[null,true,-0.5e3,"\\u00e4\\ud83d\\ude00"]}',
    '[[[[[[[1]]]]]]]',
  ],
  words: [
    '"__proto__":',
    '\\u005f\\u005fproto\\u005f\\u005f',
    '"constructor"',
    '\\ud800',
    '\xc0\x80',
    '\xef\xbb\xbf',
    '1e309',
    '[',
    '{"',
    '"jsonrpc":"2.0"',
    '"id":',
    '"method":',
    '"error":',
  ],
  run: (input) => {
    let value: unknown;
    try {
      value = parseJsonText(input, nesting);
    } catch (error) {
      if (!isGitisoError(error)) throw error;
      must(
        error.code === 'parse-error' || error.code === 'limit-exceeded',
        `a code of parsing: ${error.code}`,
      );
      return;
    }
    must(isDeepStrictEqual(value, JSON.parse(input.toString('utf8'))), 'it is what JSON.parse reads');
    must(depthOf(value) <= nesting, 'nesting is bounded');
    must(({} as { admin?: unknown }).admin === undefined, 'no prototype was changed');
    const message = classifyMessage(value);
    if (message.kind === 'request')
      must(typeof message.request.method === 'string', 'a request names a method');
  },
};

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  must(!Object.hasOwn(value, '__proto__'), 'no key __proto__ gets through');
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
