/*
 * Times two commands in turn, each as one whole process (fork, exec, wait), and prints "nsA nsB" per round:
 *
 *   time-pairs pairs ROUNDS DIR_A SETUP_A COMMAND_A DIR_B SETUP_B COMMAND_B
 *   time-pairs burst START_NS ROUNDS DIR SETUP COMMAND       waits for the start, prints when the last one ended
 *
 * A set-up runs by sh -c with $I set, untimed (in a burst it counts). A command is split at spaces; {i} is the round.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void run(const char *dir, char **argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(dir) != 0)
			_exit(126);
		int null = open("/dev/null", O_WRONLY);
		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	int status;
	waitpid(pid, &status, 0);
	if (status != 0) {
		fprintf(stderr, "time-pairs: %s %s ended with %d\n", argv[0], argv[1] ? argv[1] : "", status);
		exit(1);
	}
}

static void set_up(const char *dir, const char *script, int round)
{
	if (*script == '\0')
		return;
	char text[16];
	snprintf(text, sizeof text, "%d", round);
	setenv("I", text, 1);
	char *argv[] = { "sh", "-c", (char *)script, NULL };
	run(dir, argv);
}

static long long timed(const char *dir, const char *command, int round)
{
	static char words[64][256];
	char *argv[65], *copy = strdup(command), *rest = NULL;
	int n = 0;
	for (char *w = strtok_r(copy, " ", &rest); w && n < 64; w = strtok_r(NULL, " ", &rest), n++) {
		char *mark = strstr(w, "{i}");
		if (mark)
			snprintf(words[n], sizeof words[n], "%.*s%d%s", (int)(mark - w), w, round, mark + 3);
		else
			snprintf(words[n], sizeof words[n], "%s", w);
		argv[n] = words[n];
	}
	argv[n] = NULL;
	long long start = now_ns(CLOCK_MONOTONIC);
	run(dir, argv);
	long long end = now_ns(CLOCK_MONOTONIC);
	free(copy);
	return end - start;
}

int main(int argc, char **argv)
{
	if (argc == 9 && strcmp(argv[1], "pairs") == 0) {
		for (int i = 0; i < atoi(argv[2]); i++) {
			set_up(argv[3], argv[4], i);
			set_up(argv[6], argv[7], i);
			long long a, b;
			if (i % 2) {
				b = timed(argv[6], argv[8], i);
				a = timed(argv[3], argv[5], i);
			} else {
				a = timed(argv[3], argv[5], i);
				b = timed(argv[6], argv[8], i);
			}
			printf("%lld %lld\n", a, b);
		}
		return 0;
	}
	if (argc == 7 && strcmp(argv[1], "burst") == 0) {
		long long start = atoll(argv[2]);
		while (now_ns(CLOCK_REALTIME) < start)
			usleep(1000);
		for (int i = 0; i < atoi(argv[3]); i++) {
			set_up(argv[4], argv[5], i);
			timed(argv[4], argv[6], i);
		}
		printf("%lld\n", now_ns(CLOCK_REALTIME));
		return 0;
	}
	fprintf(stderr, "usage: see the top of time-pairs.c\n");
	return 2;
}
