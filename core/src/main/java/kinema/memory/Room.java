package kinema.memory;

import java.util.Set;

/**
 * What a request may use at the moment.
 *
 * @param limit bytes, less those that others use
 * @param besideOthers whether others run
 * @param inUse networks that others have whole in memory, or will: they cost a request that uses them too nothing more
 */
record Room(long limit, boolean besideOthers, Set<Network> inUse) {
    Room {
        inUse = Set.copyOf(inUse);
    }
}
