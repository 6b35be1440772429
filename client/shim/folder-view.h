/* One folder of the view: what must be done so that it shows what the shared repository has in it. */
#ifndef GITISO_FOLDER_VIEW_H
#define GITISO_FOLDER_VIEW_H

#include "ref-stamp.h"
#include "unreported.h"

struct view {
  int shared, own; /* refs/ on both sides */
  struct ref_stamp stamp;
  bool changed;        /* The stamp has to be written. */
  bool is_second_look; /* Only what was in the way is looked at. */
  struct unreported_list unreported;
};

/* Does it, if the folder has changed on a side. Adds the folders in it that are new to the stamp. */
void compare_folder(struct view *view, size_t index);

/* Removes a folder of the view that the shared repository does not have, unless something is in it. */
void drop_empty_folder(struct view *view, size_t index);

#endif
