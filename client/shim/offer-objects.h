/* Few new objects go to the daemon with the proposal that needs them, so that it need not ask for a pack. */
#ifndef GITISO_OFFER_OBJECTS_H
#define GITISO_OFFER_OBJECTS_H

#include "bytes.h"

/*
 * The loose objects of the quarantine that the objects `ids` (one after the other, without an end) lead to. Nothing, when
 * they are too many or cannot be read; then, and when some are in packs, the daemon asks for what it needs.
 */
void offer_objects(struct bytes *list, const struct bytes *ids);

#endif
