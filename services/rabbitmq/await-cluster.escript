#!/usr/bin/env escript
%% Holds back a member whose volume is empty until starting it can't make a second cluster.
%%
%% Left to itself RabbitMQ starts alone where it reaches no other member in time, and two clusters never become
%% one again. So an empty member joins where another one runs; and a cluster is founded by rabbitmq-0 alone, once a
%% majority has shown itself, and to be empty. A majority with empty volumes can't belong to a cluster that has data.
%%
%% A running cluster that still counts this member in, from before its volume was lost, is made to forget it first:
%% a member of a quorum queue that has forgotten what it voted for must come back as a new one.
%%
%% Reads RABBITMQ_NODENAME, rabbit@<name>-<ordinal>.<domain>, and CLUSTER_SIZE; writes into the file that is its
%% argument which members RabbitMQ's peer discovery has to find.
%% Sources: https://www.rabbitmq.com/docs/cluster-formation, https://www.rabbitmq.com/docs/quorum-queues#replica-management
-mode(compile).

-define(PORT, 25672).
-define(PAUSE_MS, 500).
-define(CALL_TIMEOUT_MS, 20000).
%% How often a wait is told of, in pauses.
-define(TELL_EVERY, 20).

main([SettingsFile]) ->
    Size = list_to_integer(os:getenv("CLUSTER_SIZE")),
    [_, Host] = string:split(os:getenv("RABBITMQ_NODENAME"), "@"),
    [Pod, Domain] = string:split(Host, "."),
    [Name, Ordinal] = string:split(Pod, "-", trailing),
    Others = [lists:append([Name, "-", integer_to_list(N), ".", Domain])
              || N <- lists:seq(0, Size - 1), integer_to_list(N) =/= Ordinal],
    start_distribution(Host),
    Members = [Host | wait(Host, Others, Ordinal =:= "0", Size, 0)],
    ok = file:write_file(SettingsFile, [member_setting(N, Member) || {N, Member} <- lists:enumerate(Members)]).

member_setting(N, Host) ->
    io_lib:format("cluster_formation.classic_config.nodes.~b = ~s~n", [N, rabbit(Host)]).

start_distribution(Host) ->
    [] = os:cmd("epmd -daemon"),
    [ok = application:set_env(kernel, Key, Value)
     || {Key, Value} <- [{inet_dist_listen_min, ?PORT}, {inet_dist_listen_max, ?PORT},
                         {net_setuptime, 2}, {connect_all, false}]],
    %% The name server has just been started, and may not listen yet.
    logger:set_primary_config(level, none),
    name(Host, 50).

%% What the other members recognise this one by, while it waits.
name(Host, Attempts) ->
    case net_kernel:start(waiting(Host), #{name_domain => longnames, hidden => true}) of
        {ok, _} -> ok;
        {error, _} when Attempts > 1 -> timer:sleep(100), name(Host, Attempts - 1);
        {error, Reason} -> tell("no Erlang distribution: ~p", [Reason]), halt(1)
    end.

%% @returns the member to join, if any
wait(Host, Others, MayFound, Size, Count) ->
    Running = [Other || Other <- Others, call(Other, rabbit, is_running, []) =:= {ok, true},
                        %% One that still moves its metadata to Khepri is not to be joined meanwhile.
                        call(Other, rabbit_feature_flags, is_enabled, [khepri_db, non_blocking]) =:= {ok, true}],
    Waiting = [Other || Other <- Others, net_adm:ping(waiting(Other)) =:= pong],
    IsMajority = 2 * (1 + length(Waiting)) > Size,
    case Running of
        [Member | _] ->
            case forget(Member, Host) of
                ok -> tell("joining the cluster of ~s", [Member]), [Member];
                Error -> tell("~s can't forget what this member was: ~p", [Member, Error]),
                         again(Host, Others, MayFound, Size, Count)
            end;
        [] when MayFound, IsMajority -> tell("founding a cluster; ~p wait to join it", [Waiting]), [];
        [] ->
            Count rem ?TELL_EVERY =:= 0 andalso
                tell("waiting for a member that runs~s; ~p wait too",
                     [case MayFound of true -> ", or a majority that is empty"; false -> "" end, Waiting]),
            again(Host, Others, MayFound, Size, Count)
    end.

again(Host, Others, MayFound, Size, Count) ->
    timer:sleep(?PAUSE_MS),
    wait(Host, Others, MayFound, Size, Count + 1).

%% The queues first: a queue's member can't be removed any more once its node is unknown.
forget(Member, Host) ->
    Self = rabbit(Host),
    case call(Member, rabbit_nodes, list_members, []) of
        {ok, Members} ->
            case lists:member(Self, Members) of
                false -> ok;
                true ->
                    tell("~s forgets what this member was", [Member]),
                    forget_member(Member, Self)
            end;
        Other -> Other
    end.

%% Neither takes place where the member that runs has no majority itself: then it is waited for.
forget_member(Member, Self) ->
    case call(Member, rabbit_quorum_queue, shrink_all, [Self]) of
        {ok, Queues} ->
            %% A queue that had no other member has lost nothing more by beginning anew.
            case [Queue || {_, {error, _, Reason}} = Queue <- Queues, Reason =/= last_node] of
                [] ->
                    case call(Member, rabbit_db_cluster, forget_member, [Self, false]) of
                        {ok, ok} -> ok;
                        Other -> Other
                    end;
                Failures -> Failures
            end;
        Other -> Other
    end.

call(Host, Module, Function, Arguments) ->
    try {ok, erpc:call(rabbit(Host), Module, Function, Arguments, ?CALL_TIMEOUT_MS)}
    catch Class:Reason -> {Class, Reason}
    end.

rabbit(Host) -> list_to_atom("rabbit@" ++ Host).
waiting(Host) -> list_to_atom("waiting@" ++ Host).

tell(Format, Arguments) -> io:format("await-cluster: " ++ Format ++ "~n", Arguments).
