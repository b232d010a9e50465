module orchestrator/delay-packets

go 1.26
