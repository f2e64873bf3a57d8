// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/iter.h"

int iter_read(int fd, char **data, size_t *size)
{
	size_t room = 1 << 16;
	ssize_t n;

	*data = NULL;
	*size = 0;
	do {
		char *larger = realloc(*data, *size + room);

		if (!larger)
			return -ENOMEM;
		*data = larger;
		n = read(fd, *data + *size, room);
		if (n > 0)
			*size += n;
	} while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	return n < 0 ? -errno : 0;
}
