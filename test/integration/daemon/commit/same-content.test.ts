import { contentCases } from './content-cases';
import { testSameAsGit } from './test-same-as-git';

describe('git commit through the daemon: what is committed', () => {
  testSameAsGit(contentCases);
});
