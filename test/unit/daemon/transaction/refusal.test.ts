import { refusalText } from '../../../../daemon/transaction/refusal';

const refused = (ref: string, hint = 'do else') => ({ ref, rule: 'a-rule', reason: 'it is so', hint });

test('every refused ref is named with its reason and rule, and each hint once', () => {
  expect(refusalText([refused('refs/heads/a'), refused('refs/heads/b')])).toBe(
    'error: gitiso: refs/heads/a: it is so (a-rule)\n' +
      'error: gitiso: refs/heads/b: it is so (a-rule)\n' +
      'hint: do else\n',
  );
});

test('a long list is cut', () => {
  const text = refusalText(Array.from({ length: 1000 }, (_, index) => refused(`refs/heads/${index}`)));
  expect(text.split('\n').length).toBeLessThan(30);
  expect(text).toContain('and 980 more refs');
});
