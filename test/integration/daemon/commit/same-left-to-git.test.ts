import { leftToGitCases } from './left-to-git-cases';
import { testSameAsGit } from './test-same-as-git';

describe('git commit left to git: editors, choices, operations under way', () => {
  testSameAsGit(leftToGitCases);
});
