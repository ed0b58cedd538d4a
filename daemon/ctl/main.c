/* newsalertctl(1): all of it is in the library, since newsalertd is newsalertctl too. */
#include "ctl/ctl.h"

int main(int argc, char **argv) {
    return ctl_main(argc, argv);
}
