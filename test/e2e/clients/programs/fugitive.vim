" Works with fugitive in headless Vim and prints what its buffers show: vim -u NONE -es -S fugitive.vim a
" (the file `a` is changed, and what it says is what the commits say).

set nocompatible hidden noswapfile packpath+=/usr/share/vim/vimfiles
packloadall
filetype on

" Prints below a title the current buffer.
function! Say(title) abort
  call writefile(['== ' . a:title] + getline(1, '$'), '/dev/stdout', 'a')
endfunction

function! Subject() abort
  return FugitiveExecute(['log', '-1', '--format=%s']).stdout[0]
endfunction

call writefile([FugitiveHead(), FugitiveGitDir()], '/dev/stdout', 'a')
Git
call Say('status')
call search('^M a')
normal s
call Say('staged')
quit
Git commit -m by-fugitive
Git commit --amend
while bufname('%') !~# 'COMMIT_EDITMSG' | sleep 10m | endwhile
call setline(1, 'edited in fugitive')
wq
" It goes on with what it has put into the typeahead.
call feedkeys('', 'x')
while Subject() !=# 'edited in fugitive' | sleep 10m | endwhile
Git
call Say('committed')
quit
call setline(1, 'written')
Gwrite
Gedit :0:a
call Say('index')
Gedit a
Gread HEAD:%
call Say('read')
Git blame
call Say('blame')
quit
Gclog -2
call writefile(['== log'] + map(getqflist(), 'v:val.text'), '/dev/stdout', 'a')
Git checkout -b fugitive-topic
Gsplit main:a
call Say('blob of a branch')
call writefile(['== error', v:errmsg], '/dev/stdout', 'a')
qall!
