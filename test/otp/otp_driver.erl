%% Runs supervision scenarios on OTP's own supervisor. Reads one Erlang term a line from standard input, {Number, Root, Script}, runs up to
%% ?AT_ONCE of them at once, and writes what happened: `Number<TAB>line`, and `Number<TAB>.` at the end. One scheduler, so that what one death leads
%% to is ordered as it happened. A history has no pids and no times.
-module(otp_driver).
-export([main/0, init/1, start_worker/5, init_worker/4]).

-define(AT_ONCE, 600).
-define(SLOW_MS, 20).
-define(LATE_MS, 2500).

main() ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    io:setopts(standard_io, [{encoding, latin1}]),
    Self = self(),
    spawn_link(fun() -> read(Self) end),
    loop(0, queue:new()).

read(Main) ->
    case io:get_line('') of
        %% Nobody is there to read any more.
        eof -> halt(0);
        {error, _} -> halt(0);
        Line ->
            {ok, Tokens, _} = erl_scan:string(Line),
            {ok, Term} = erl_parse:parse_term(Tokens),
            Main ! {run, Term},
            read(Main)
    end.

loop(Running, Waiting) ->
    case Running < ?AT_ONCE andalso queue:out(Waiting) of
        {{value, Scenario}, Rest} ->
            Main = self(),
            spawn(fun() -> run_safely(Scenario), Main ! done end),
            loop(Running + 1, Rest);
        _ ->
            receive
                {run, Scenario} -> loop(Running, queue:in(Scenario, Waiting));
                done -> loop(Running - 1, Waiting)
            end
    end.

%% ---- one scenario ----

%% A driver that fails says so in the history, where it is a difference.
run_safely({Number, _, _} = Scenario) ->
    try run(Scenario)
    catch Class:Reason -> io:format("~w\tthe driver failed: ~0p~n~w\t.~n", [Number, {Class, Reason}, Number])
    end.

run({Number, Root, Script}) ->
    process_flag(trap_exit, true),
    begin_time(),
    Log = spawn_link(fun() -> log(#{lines => [], count => 0, plans => #{}, pids => #{}, ids => #{}, dynamic => #{}}) end),
    case supervisor:start_link(?MODULE, {Log, Root}) of
        {ok, Pid} ->
            settle(Log, Pid),
            lists:foreach(fun(Op) -> say(Log, do(Log, Op)), settle(Log, Pid) end, Script),
            stop_root(Log, Pid);
        _ ->
            say(Log, "no root")
    end,
    note_time(),
    case get(late) of
        true -> io:format("~w\tlate~n", [Number]);
        _ -> [io:format("~w\t~s~n", [Number, Line]) || Line <- call(Log, lines) ++ ["."]]
    end,
    unlink(Log),
    exit(Log, kill).

%% A run between two passes of time that took nearly a period says nothing: on a machine that is busy OTP forgets restarts that still count.
note_time() ->
    Now = erlang:monotonic_time(millisecond),
    case get(since) of
        Since when is_integer(Since), Now - Since > ?LATE_MS -> put(late, true);
        _ -> ok
    end.

begin_time() -> put(since, erlang:monotonic_time(millisecond)).

stop_root(Log, Pid) ->
    exit(Pid, shutdown),
    wait_gone(Pid),
    call(Log, sync).

%% ---- what happened ----

call(Log, Request) ->
    Ref = make_ref(),
    Log ! {call, self(), Ref, Request},
    receive
        {Ref, Answer} -> Answer;
        {'EXIT', Log, Reason} -> exit({log, Reason})
    end.

say(_Log, none) -> ok;
say(Log, Line) -> call(Log, {say, lists:flatten(Line)}).

log(State) ->
    receive
        {call, From, Ref, Request} ->
            {Answer, Next} = request(Request, From, State),
            From ! {Ref, Answer},
            log(Next);
        {'DOWN', _, process, Pid, Reason} ->
            #{ids := Ids} = State,
            #{Pid := Id} = Ids,
            log(add(["exit ", name(Id), " ", reason(Reason)], State#{ids := maps:remove(Pid, Ids)}))
    end.

request(lines, _, State = #{lines := Lines}) -> {lists:reverse(Lines), State};
request(sync, _, State) -> {ok, State};
request(count, _, State = #{count := Count}) -> {Count, State};
request({say, Line}, _, State) -> {ok, add(Line, State)};
request({pid, Id}, _, State = #{pids := Pids}) -> {maps:get(Id, Pids, undefined), State};
request({id, Pid}, _, State = #{pids := Pids}) ->
    {hd([Id || {Id, P} <- maps:to_list(Pids), P =:= Pid] ++ [unknown]), State};
%% The outcome of this start of a worker: the first of its plan that is left, the last for ever.
request({worker, Id, Plan}, Pid, State = #{plans := Plans}) ->
    {Outcome, Left} =
        case maps:get(Id, Plans, Plan) of
            [Last] -> {Last, [Last]};
            [First | Rest] -> {First, Rest}
        end,
    Planned = State#{plans := Plans#{Id => Left}},
    case Outcome of
        ok -> {ok, watch(Id, Pid, add(["start ", name(Id)], Planned))};
        ignore -> {ignore, add(["ignore ", name(Id)], Planned)};
        _ -> {Outcome, add(["fail ", name(Id)], Planned)}
    end;
%% Lines since a mark in the order of the alphabet, once all of these are down: what a kill takes along has no order.
request({sort, Mark, Pids}, _, State = #{lines := Lines, count := Count, ids := Ids}) ->
    case lists:any(fun(Pid) -> maps:is_key(Pid, Ids) end, Pids) of
        true -> {not_yet, State};
        false ->
            {Since, Before} = lists:split(Count - Mark, Lines),
            {ok, State#{lines := lists:reverse(lists:sort(Since)) ++ Before}}
    end;
request({supervisor, Id}, Pid, State) -> {ok, watch(Id, Pid, State)}.

watch(Id, Pid, State = #{pids := Pids, ids := Ids}) ->
    erlang:monitor(process, Pid),
    State#{pids := Pids#{Id => Pid}, ids := Ids#{Pid => Id}}.

add(Line, State = #{lines := Lines, count := Count}) ->
    State#{lines := [lists:flatten(Line) | Lines], count := Count + 1}.

name(Id) -> atom_to_list(Id).

reason(normal) -> "normal";
reason(shutdown) -> "shutdown";
reason({shutdown, {failed_to_start_child, Id, _}}) -> ["shutdown: failed_to_start_child ", name(Id)];
reason({shutdown, Term}) -> io_lib:format("shutdown: ~w", [Term]);
reason(killed) -> "killed";
reason(_) -> "crash".

%% ---- children ----

init({Log, {supervisor, Id, Strategy, Intensity, Period, AutoShutdown, Children}}) ->
    call(Log, {supervisor, Id}),
    Flags = #{strategy => Strategy, intensity => Intensity, period => Period, auto_shutdown => AutoShutdown},
    {ok, {Flags, [spec(Log, Child) || Child <- Children]}}.

spec(Log, {worker, Id, Restart, Shutdown, Significant, Plan, Stop}) ->
    #{id => Id, restart => Restart, shutdown => Shutdown, significant => Significant, type => worker, modules => [?MODULE],
      start => {?MODULE, start_worker, [Log, Id, Plan, Stop, []]}};
spec(Log, {template, Restart, Shutdown, Stop}) ->
    #{id => template, restart => Restart, shutdown => Shutdown, type => worker, modules => [?MODULE],
      start => {?MODULE, start_worker, [Log, dynamic, Stop]}};
spec(Log, {child, Restart, Significant, Supervisor}) ->
    {supervisor, Id, _, _, _, _, _} = Supervisor,
    #{id => Id, restart => Restart, shutdown => infinity, significant => Significant, type => supervisor, modules => [?MODULE],
      start => {supervisor, start_link, [?MODULE, {Log, Supervisor}]}}.

%% Of a dynamic supervisor: the template's arguments, and those of the call behind them.
start_worker(Log, dynamic, Stop, Id, Plan) -> start_worker(Log, Id, Plan, Stop, []);
start_worker(Log, Id, Plan, Stop, []) -> proc_lib:start_link(?MODULE, init_worker, [Log, Id, Plan, Stop]).

init_worker(Log, Id, Plan, Stop) ->
    process_flag(trap_exit, Stop =/= prompt),
    [Parent | _] = get('$ancestors'),
    case call(Log, {worker, Id, Plan}) of
        ok -> proc_lib:init_ack({ok, self()}), serve(Parent, Stop);
        ignore -> proc_lib:init_ack(ignore);
        error -> proc_lib:init_ack({error, planned}), exit(planned);
        crash -> exit(planned)
    end.

%% A deaf one takes no notice of being asked to end, a slow one is done after a while; no one outlives a supervisor that was killed.
serve(Parent, Stop) ->
    receive
        {exit, Reason} -> exit(Reason);
        {'EXIT', Parent, shutdown} when Stop =:= deaf -> serve(Parent, Stop);
        {'EXIT', Parent, shutdown} when Stop =:= slow -> timer:sleep(?SLOW_MS), exit(normal);
        {'EXIT', Parent, Reason} -> exit(Reason)
    end.

%% ---- the script ----

do(_Log, {pass, Ms}) -> note_time(), timer:sleep(Ms), begin_time(), none;
do(Log, {exit, Id, Reason}) -> fall(Log, Id, Reason);
do(Log, {together, Supervisor, Falls}) ->
    case alive(Log, Supervisor) of
        undefined -> "noproc";
        Pid ->
            sys:suspend(Pid),
            Said = [fall(Log, Id, Reason) || {Id, Reason} <- Falls],
            case [Line || Line <- Said, Line =/= none] of
                [] -> ok;
                Lines -> say(Log, lists:join(" ", Lines))
            end,
            sys:resume(Pid),
            none
    end;
do(Log, {start, Supervisor, Child}) ->
    {worker, Id, _, _, _, _, _} = Child,
    on(Log, Supervisor, ["start ", name(Id)], fun(Pid) -> supervisor:start_child(Pid, spec(Log, Child)) end);
do(Log, {start_dynamic, Supervisor, Id, Plan}) ->
    on(Log, Supervisor, ["start ", name(Id)], fun(Pid) -> supervisor:start_child(Pid, [Id, Plan]) end);
do(Log, {terminate, Supervisor, Id}) ->
    on(Log, Supervisor, ["terminate ", name(Id)], fun(Pid) -> supervisor:terminate_child(Pid, Id) end);
do(Log, {terminate_dynamic, Supervisor, Id}) ->
    on(Log, Supervisor, ["terminate ", name(Id)], fun(Pid) ->
        case call(Log, {pid, Id}) of
            undefined -> {error, not_found};
            %% OTP says ok of a pid that is dead, having no other name for the child; ours knows it by its id.
            Child -> case is_process_alive(Child) of true -> supervisor:terminate_child(Pid, Child); false -> {error, not_found} end
        end
    end);
do(Log, {restart, Supervisor, Id}) ->
    on(Log, Supervisor, ["restart ", name(Id)], fun(Pid) -> supervisor:restart_child(Pid, Id) end);
do(Log, {delete, Supervisor, Id}) ->
    on(Log, Supervisor, ["delete ", name(Id)], fun(Pid) -> supervisor:delete_child(Pid, Id) end);
do(Log, {which, Supervisor}) ->
    on(Log, Supervisor, ["which ", name(Supervisor)], fun(Pid) -> {which, lists:reverse(supervisor:which_children(Pid))} end);
do(Log, {which_dynamic, Supervisor}) ->
    on(Log, Supervisor, ["which ", name(Supervisor)], fun(Pid) ->
        Ids = [call(Log, {id, Child}) || {_, Child, _, _} <- supervisor:which_children(Pid), is_pid(Child)],
        {ids, lists:sort(Ids)}
    end);
do(Log, {count, Supervisor}) ->
    on(Log, Supervisor, ["count ", name(Supervisor)], fun(Pid) -> {count, supervisor:count_children(Pid)} end);

do(Log, {get_childspec, Supervisor, Id}) ->
    on(Log, Supervisor, ["get_childspec ", name(Id)], fun(Pid) -> supervisor:get_childspec(Pid, Id) end);
%% Who is above looks only when all that goes along is gone: else it would start some anew beside the old ones.
do(Log, {kill_supervisor, Above, Id}) ->
    case alive(Log, Id) of
        undefined -> ["no ", name(Id)];
        Pid ->
            Watching = alive(Log, Above),
            Below = [Child || {_, Child, _, _} <- supervisor:which_children(Pid), is_pid(Child)],
            Watching =:= undefined orelse sys:suspend(Watching),
            Mark = call(Log, count),
            exit(Pid, kill),
            sort(Log, Mark, [Pid | Below]),
            Watching =:= undefined orelse sys:resume(Watching),
            none
    end.

sort(Log, Mark, Pids) ->
    case call(Log, {sort, Mark, Pids}) of
        ok -> ok;
        not_yet -> erlang:yield(), sort(Log, Mark, Pids)
    end.

fall(Log, Id, Reason) ->
    case alive(Log, Id) of
        undefined -> ["no ", name(Id)];
        Pid when Reason =:= kill -> exit(Pid, kill), wait_gone(Pid), none;
        Pid -> Pid ! {exit, Reason}, wait_gone(Pid), none
    end.

wait_gone(Pid) ->
    Ref = erlang:monitor(process, Pid),
    receive {'DOWN', Ref, process, Pid, _} -> ok end.

alive(Log, Id) ->
    case call(Log, {pid, Id}) of
        undefined -> undefined;
        Pid -> case is_process_alive(Pid) of true -> Pid; false -> undefined end
    end.

on(Log, Supervisor, What, Do) ->
    case alive(Log, Supervisor) of
        undefined -> [What, ": noproc"];
        Pid -> [What, ": ", try answer(Do(Pid)) catch exit:_ -> "noproc" end]
    end.

answer(ok) -> "ok";
answer({ok, #{restart := Restart, shutdown := Shutdown, type := Type, significant := Significant}}) ->
    io_lib:format("~w ~w ~w ~w", [Restart, Shutdown, Type, Significant]);
answer({ok, _}) -> "ok";
answer({error, {already_started, _}}) -> "already_started";
answer({error, Reason}) when Reason =:= already_present; Reason =:= not_found; Reason =:= running; Reason =:= restarting -> atom_to_list(Reason);
answer({error, _}) -> "start_failed";
answer({which, Children}) -> lists:join(" ", [[name(Id), "=", state(Child)] || {Id, Child, _, _} <- Children]);
answer({ids, Ids}) -> lists:join(" ", [name(Id) || Id <- Ids]);
answer({count, Counts}) -> lists:join("/", [integer_to_list(proplists:get_value(Key, Counts)) || Key <- [specs, active, supervisors, workers]]).

state(undefined) -> "stopped";
state(restarting) -> "restarting";
state(_) -> "running".

%% ---- rest ----

%% Until nobody has anything left to do: two rounds through the tree, each supervisor answering, in which nothing happened.
settle(Log, Root) -> settle(Log, Root, -1).

settle(Log, Root, Before) ->
    Restarting = walk(Root),
    erlang:yield(),
    case call(Log, count) of
        Before when not Restarting -> ok;
        Count -> settle(Log, Root, Count)
    end.

walk(Pid) ->
    try supervisor:which_children(Pid) of
        Children ->
            lists:foldl(
                fun ({_, restarting, _, _}, _) -> true;
                    ({_, Child, supervisor, _}, Any) when is_pid(Child) -> walk(Child) orelse Any;
                    (_, Any) -> Any
                end, false, Children)
    catch exit:_ -> false
    end.
