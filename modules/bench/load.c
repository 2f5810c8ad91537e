// Closed-loop requests or open streams on one epoll thread; prints operations/s and latency.
//   load PORT json|sse CONNECTIONS SECONDS WARM_SECONDS PATH [BODY_BYTES] [RAMP_MICROS]
// json: from the last byte sent to the last byte of the answer. sse: for each chunk, from the time
// stamp inside it. Environment: LOAD_MODEL (default m).
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <time.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
typedef long long i64;
static i64 now(){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1000000000LL+t.tv_nsec;}
typedef struct{int fd;i64 t0;int st;i64 num;int got,need;int hdr;char tail[5];int tl;int sse;i64 ev;int done;}C;
#define HB 4096
static long long hist[HB];static long long cnt;static i64 mx;
static int bk(i64 v){if(v<64)return v;int e=63-__builtin_clzll(v);int s=(v>>(e-5))&31;int b=(e-5)*32+32+s;return b<HB?b:HB-1;}
static i64 bv(int b){if(b<64)return b;int e=(b-32)/32+5,s=(b-32)%32;return ((i64)(32+s))<<(e-5);}
static void rec(i64 v){if(v<0)v=0;hist[bk(v)]++;cnt++;if(v>mx)mx=v;}
static double pc(double p){long long t=0,w=cnt*p;for(int i=0;i<HB;i++){t+=hist[i];if(t>w)return bv(i)/1e3;}return mx/1e3;}
static int ep,port,mode,conns;static char req[4096];static int rl;static i64 tstart,twarm,tend;static long long errs,reqs,events,bytes;
static void conn(C*c){struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};c->fd=socket(AF_INET,SOCK_STREAM,0);int one=1;setsockopt(c->fd,IPPROTO_TCP,TCP_NODELAY,&one,4);
 int tries=0;while(connect(c->fd,(void*)&a,sizeof a)){if(++tries>50){perror("connect");exit(1);}usleep(20000);}
 struct epoll_event e={.events=EPOLLIN,.data.ptr=c};epoll_ctl(ep,EPOLL_CTL_ADD,c->fd,&e);}
static void fire(C*c){c->t0=now();c->hdr=0;c->got=0;c->need=-1;c->st=0;c->tl=0;c->ev=0;if(send(c->fd,req,rl,MSG_NOSIGNAL)!=rl){errs++;}}
int main(int ac,char**av){ // load port json|sse conns secs warm path bodylen
 port=atoi(av[1]);mode=!strcmp(av[2],"sse");conns=atoi(av[3]);double secs=atof(av[4]),warm=atof(av[5]);char*path=av[6];int bl=ac>7?atoi(av[7]):200;int ramp=ac>8?atoi(av[8]):0;
 signal(SIGPIPE,SIG_IGN);
 char body[2048];memset(body,' ',sizeof body);int k=sprintf(body,"{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]",getenv("LOAD_MODEL")?getenv("LOAD_MODEL"):"m",mode?"true":"false");body[k]=' ';body[bl-1]='}';
 rl=sprintf(req,"POST %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/json\r\nAuthorization: Bearer sk-0123456789\r\nUser-Agent: OpenAI/Python 1.0\r\nAccept: application/json\r\n%sContent-Length: %d\r\n\r\n",path,port,getenv("LOAD_HDR")?getenv("LOAD_HDR"):"",bl);memcpy(req+rl,body,bl);rl+=bl;
 ep=epoll_create1(0);C*cs=calloc(conns,sizeof*cs);
 static struct epoll_event ev[1024];static char buf[262144];
 tstart=now();for(int i=0;i<conns;i++){conn(cs+i);fire(cs+i);if(ramp)usleep(ramp);}
 i64 tr=now();twarm=tr+warm*1e9;tend=twarm+secs*1e9;
 for(;;){i64 t=now();if(t>=tend)break;int n=epoll_wait(ep,ev,1024,100);
  for(int i=0;i<n;i++){C*c=ev[i].data.ptr;ssize_t r=recv(c->fd,buf,sizeof buf,MSG_DONTWAIT);if(r<=0){if(r<0&&errno==EAGAIN)continue;errs++;close(c->fd);conn(c);fire(c);continue;}
   i64 tn=now();int meas=tn>=twarm;if(meas)bytes+=r;
   if(!mode){int off=0;if(c->need<0){char*h=memmem(buf,r,"\r\n\r\n",4);if(!h){errs++;continue;}buf[r]=0;if(memcmp(buf+9,"200",3))errs++;char*cl=strcasestr(buf,"content-length:");if(!cl){errs++;continue;}c->need=atoi(cl+15);off=h+4-buf;}
    c->got+=r-off;if(c->got>=c->need){if(meas){rec(tn-c->t0);reqs++;}fire(c);}}
   else{ int skip=0;if(!c->hdr){c->hdr=1;if(memcmp(buf+9,"200",3)){errs++;}char*h=memmem(buf,r,"\r\n\r\n",4);skip=h&&h+4==buf+r;}
    for(char*p=buf,*e=buf+r;p<e;){ if(c->st<4){ if(c->st==0){p=memchr(p,'"',e-p);if(!p)break;c->st=1;p++;continue;} static const char pat[]="\"t\":";if(*p==pat[c->st]){c->st++;if(c->st==4)c->num=0;p++;}else c->st=0; }
      else{ if(*p>='0'&&*p<='9'){c->num=c->num*10+(*p-'0');p++;}else{c->st=0;c->ev++;if(meas){events++;i64 dl=tn-c->num;if(dl>=0&&dl<60000000000LL)rec(dl);}} } }
    int m=r<5?r:5;char t5[10];memcpy(t5,c->tail,c->tl);memcpy(t5+c->tl,buf+r-m,m);int tot=c->tl+m;int keep=tot<5?tot:5;memcpy(c->tail,t5+tot-keep,keep);c->tl=keep;
    if(skip)c->tl=0;else if(keep==5&&!memcmp(c->tail,"0\r\n\r\n",5)){if(meas)reqs++;fire(c);} }
  }}
 printf("conns=%d ops/s=%.0f p50=%.1fus p90=%.1fus p99=%.1fus p99.9=%.1fus max=%.1fms errs=%lld reqs=%lld MB/s=%.1f rampms=%.0f\n",conns,(mode?events:reqs)/secs,pc(.5),pc(.9),pc(.99),pc(.999),mx/1e6,errs,reqs,bytes/secs/1e6,(tr-tstart)/1e6);return 0;}
