;;; magit.el --- works with Magit in batch mode and prints what its buffers show  -*- lexical-binding: t -*-

;; Usage: emacs --batch --load magit.el, in a repository that has a changed file `a'.

;; The image has no compiler for what Emacs would compile.
(setq native-comp-deferred-compilation nil
      comp-enable-subr-trampolines nil
      inhibit-message t)
(require 'magit)

(defun say (title text)
  "Print TEXT below TITLE."
  (princ (format "== %s\n%s\n" title (string-trim (substring-no-properties text)))))

(defun buffer-of (title mode show)
  "Print below TITLE the buffer in MODE that the command SHOW opens."
  (funcall show)
  (with-current-buffer (magit-get-mode-buffer mode)
    (magit-refresh-buffer)
    (say title (buffer-string))))

(defun finish ()
  "Wait for the git that Magit has started."
  (while (and magit-this-process (process-live-p magit-this-process))
    (accept-process-output magit-this-process 0.05))
  (accept-process-output nil 0.05))

(defun status (title)
  "Print below TITLE the status buffer."
  (buffer-of title 'magit-status-mode (lambda () (magit-status-setup-buffer default-directory))))

(setq default-directory (magit-toplevel))
(status "status")
(magit-stage-file "a")
(status "staged")
(magit-commit-create '("--message=by Magit"))
(finish)
(status "committed")
(magit-branch-create "magit-topic" "HEAD~1")
(magit-branch-and-checkout "magit-side" "HEAD")
(with-temp-file "a" (insert "stashed\n"))
(magit-stash-both "from Magit")
(magit-branch-checkout "magit-topic")
(magit-merge-plain "magit-side")
(finish)
(buffer-of "log" 'magit-log-mode (lambda () (magit-log-setup-buffer '("HEAD") nil nil)))
(buffer-of "refs" 'magit-refs-mode (lambda () (magit-refs-setup-buffer "HEAD" nil)))
(buffer-of "stashes" 'magit-stashes-mode (lambda () (magit-stashes-setup-buffer)))
(magit-stash-pop "stash@{0}")
(status "popped")

;;; magit.el ends here
