package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.cogvideox.RunningPlans.Taken;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.Phase;
import kinema.diffusion.PhaseMemory;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import org.junit.jupiter.api.Test;

class RunningPlansTest {
    /** Requests may reach their peaks together, so what they take adds up; the transformer they share is there once. */
    @Test
    void whatRunningRequestsTakeAddsUp() {
        RunningPlans running = new RunningPlans();
        MemoryPlan first = running.begin(taken -> plan(30, Residency.STREAMED, 500));
        MemoryPlan second = running.begin(taken -> plan(7, Residency.KEPT, 400));
        MemoryPlan third = running.begin(taken -> plan(200, Residency.STREAMED, 300));
        assertThat(running.taken()).isEqualTo(new Taken(237, true, OptionalLong.of(500)));

        running.end(second);
        assertThat(running.taken()).isEqualTo(new Taken(230, false, OptionalLong.of(500)));
        running.end(first);
        assertThat(running.taken()).isEqualTo(new Taken(200, false, OptionalLong.of(500)));
        running.end(third);
        assertThat(running.taken()).isEqualTo(Taken.NOTHING);
    }

    private static MemoryPlan plan(long own, Residency residency, long limit) {
        List<PhaseMemory> phases =
                List.of(new PhaseMemory(Phase.TEXT, 1, 2), new PhaseMemory(Phase.DENOISE, 100, own, 100));
        return new MemoryPlan(phases, Precision.FP32, residency, Optional.empty(), 5, limit, Optional.empty());
    }
}
